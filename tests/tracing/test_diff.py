"""`diff` names the first line at which two runs part, and nothing where they agree."""

import pytest
import torch
from torch import nn

from utils.models import create_model
from utils.tracing import diff, trace
from utils.tracing.diff import apart
from utils.tracing.facts import Ledger

PICTURE = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))


class Block(nn.Module):
    """A small net whose lines can be changed one by one."""

    def __init__(self, *, shift=1, extra=False, scale=1.0, order="hw"):
        super().__init__()
        self.shift, self.extra, self.scale, self.order = shift, extra, scale, order
        self.norm = nn.LayerNorm(6, elementwise_affine=False)

    def forward(self, x):
        if self.extra:
            unused = torch.ones(2, 2)
            assert unused is not None
        x = self.norm(x)
        shift = self.shift
        rolled = torch.roll(x, shift, 1)
        flat = (rolled if self.order == "hw" else rolled.transpose(1, 2)).flatten(1, 2)
        out = flat * self.scale
        return out.sum(1)


MAP = torch.randn(2, 4, 4, 6, generator=torch.Generator().manual_seed(1))


def parting(one, other, **settings):
    return diff(trace(Block(**one), MAP), trace(Block(**other), MAP), **settings)


def test_equal_runs_do_not_part():
    assert parting({}, {}) is None


def test_a_line_more_is_no_parting():
    assert parting({}, {"extra": True}) is None
    assert parting({"extra": True}, {}) is None


def test_a_value_that_differs_is_named_with_its_sign():
    found = parting({}, {"shift": 2})
    assert (found.kind, found.name, found.function) == ("value", "rolled", "Block")
    assert found.line.text == "rolled = torch.roll(x, shift, 1)"
    assert found.sign.said == "`shift` is 2, not 1"
    assert str(found).startswith("The runs part at `rolled = torch.roll(x, shift, 1)` in Block of")
    assert str(found).endswith("Before that, in Block, `shift` is 2, not 1.")


def test_the_tolerance_counts_standard_deviations():
    assert parting({}, {"scale": 1 + 2e-6}) is None
    found = parting({}, {"scale": 1 + 2e-6}, tolerance=1e-8)
    assert found.line.text == "out = flat * self.scale"
    assert parting({}, {"scale": 1.001}).line.text == "out = flat * self.scale"


def test_the_same_values_in_another_order_part():
    """Shape, mean and all statistics are equal: only the order tells."""
    found = parting({}, {"order": "wh"})
    assert found.kind == "value"
    assert found.name in ("out", "flat")


def test_shapes_and_inputs_part():
    found = diff(trace(Block(), MAP), trace(Block(), MAP[:, :3]))
    assert (found.kind, found.line, found.said) == (
        "shape",
        None,
        "`x` is (2, 3, 4, 6), not (2, 4, 4, 6)",
    )


class Calls(nn.Module):
    """Calls a function that a test exchanges."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        y = self.function(x)
        return y + 1


def doubled(x):
    return x + x


def also_doubled(values):
    return values * 2


def tripled(values):
    return values * 3


def test_another_function_with_the_same_values_is_no_parting():
    right = trace(Calls(doubled), MAP)
    assert diff(right, trace(Calls(also_doubled), MAP)) is None
    found = diff(right, trace(Calls(tripled), MAP))
    assert found.function == "tripled"
    assert found.line.text == "return values * 3"
    assert found.caller.text == "y = self.function(x)"


class Whole(nn.Module):
    def __init__(self, *, wrong=False):
        super().__init__()
        self.first, self.second = nn.Identity(), nn.Tanh()
        if wrong:
            self.forward = self.other

    def forward(self, x):
        x = x + self.first(x)
        return self.second(x)

    def other(self, x):
        y = x - self.first(x)
        return torch.clone(self.second(y))


def test_what_goes_wrong_before_a_call_is_named_where_it_was_made():
    found = diff(trace(Whole(), MAP), trace(Whole(wrong=True), MAP))
    assert found.line.text == "y = x - self.first(x)"
    assert "`y` is off by" in found.said


def test_the_first_of_many_changed_places_in_a_whole_model():
    model = create_model("swin_nano").eval()
    with torch.no_grad():
        right = trace(model, PICTURE)
        model.stages[0].blocks[1].shift_size = (1, 1)
        model.stages[2].blocks[0].norm1.eps = 1e-2
        found = diff(right, trace(model, PICTURE))
    assert found.path == "stages.0.blocks.1"
    assert found.sign.said == "`sy` is 1, not 2"
    assert found.line is not None


@pytest.mark.parametrize("places", [(77_777, 77_778), (5, 299_998), (4096, 8192), (70, 4166)])
def test_two_values_that_changed_places_among_many_are_seen(places):
    """All statistics stay as they were, and the sample does not hold these places."""
    ledger = Ledger()
    values = torch.randn(300_000, generator=torch.Generator().manual_seed(2))
    other = values.clone()
    other[list(places)] = values[list(reversed(places))]

    def facts(tensor):
        ledger.meet(tensor, 0, "x")
        return ledger.measure(tensor)

    assert apart(facts(values), facts(values.clone())) == ""
    assert apart(facts(values), facts(other)).startswith("is off by")


def test_values_that_are_not_finite_part():
    ledger = Ledger()
    one, other = torch.ones(4), torch.tensor([1.0, 1.0, float("nan"), 1.0])
    for tensor in (one, other):
        ledger.meet(tensor, 0, "x")
    said = apart(ledger.measure(one), ledger.measure(other))
    assert said == "has 1 values that are not finite, not 0"
    assert apart(ledger.measure(other), ledger.measure(other)) == ""

"""A trace shows the definition: no wrapper, no rule, no fast form, nothing a cache holds back."""

import pytest
import torch
from jaxtyping import Float
from torch import Tensor, nn

from utils.caching import cached, made_anew
from utils.contracts import checked, holds
from utils.switch import FORMS, fast_form, replaceable, switched_on
from utils.tracing import show_source, trace


@cached
def table(size: int) -> Tensor:
    steps = torch.arange(size)
    return steps * 2.0


def _is_even(width: int) -> bool:
    return width % 2 == 0


@checked(holds(lambda w: _is_even(w), "the width is even", mend="pad it"))
@replaceable
def doubled(x: Float[Tensor, "h w"]) -> Float[Tensor, "h w"]:
    """Twice as much."""
    twice = x * 2
    return twice + table(x.shape[1])


class Model(nn.Module):
    def forward(self, x):
        return doubled(x)


@pytest.fixture
def with_fast():
    @fast_form(doubled)
    def quick(x):
        return x + x + table(x.shape[1])

    yield quick
    FORMS.pop(f"{__name__}.doubled")


def texts(run):
    return [line.text for line in run.lines()]


LINES = [
    "return doubled(x)",
    "twice = x * 2",
    "return twice + table(x.shape[1])",
    "steps = torch.arange(size)",
    "return steps * 2.0",
]


def test_the_definition_is_walked_through_whatever_stands_around_it(with_fast):
    x = torch.rand(3, 4)
    for _ in range(2):  # the second finds the table made
        with switched_on():
            seen = trace(Model(), x)
        assert texts(seen) == LINES
        assert [call.name for call in seen.calls()] == ["Model", "doubled", "table"]
    made = next(v.facts for line in seen.lines() for v in line.values if v.name == "steps")
    assert made.shape == (4,)
    assert torch.equal(seen.output, 2 * x + torch.tensor([0.0, 2, 4, 6]))


def test_what_was_kept_is_there_again_after_a_trace():
    kept = table(6)
    trace(Model(), torch.rand(3, 6))
    assert table(6) is kept
    with made_anew():
        assert table(6) is table(6) is not kept
    assert table(6) is kept


def test_the_source_is_that_of_the_definition():
    assert show_source(doubled).text == (
        'def doubled(x: Float[Tensor, "h w"]) -> Float[Tensor, "h w"]:\n'
        "    twice = x * 2\n    return twice + table(x.shape[1])"
    )
    with_shapes = show_source(doubled, table, example=(torch.rand(3, 4),)).text
    assert "    twice = x * 2  # (3, 4)\n" in with_shapes
    assert with_shapes.endswith("    return steps * 2.0  # (4,)")
    assert "@cached" not in with_shapes

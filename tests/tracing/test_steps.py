"""What a trace says of its steps: titles, returned values, true times, slices that tell."""

import numpy as np
import pytest
import torch
from torch import nn

from utils.errors import ConfigError
from utils.models import create_model
from utils.tap import tap
from utils.tracing import trace
from utils.tracing.slices import MOST

PICTURE = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))


class Titled(nn.Module):
    """Says of its steps what they do."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, kernel_size=(4, 2), stride=2)

    def forward(self, x):
        # the convolution: noqa is no word of it
        y = self.conv(x)
        scores = y.mean((2, 3))  # mean over the map
        weights = tap("weights", scores.softmax(-1))
        if len(weights):
            # only where there are any
            weights = weights * 2
        rows, columns = y.shape[2:]
        assert rows == columns
        return weights


def test_steps_have_the_titles_that_the_code_gives_them():
    seen = trace(Titled(), torch.rand(2, 3, 8, 6))
    titles = {line.text.split(" =")[0]: line.title for line in seen.root.lines}
    assert titles["y"] == "the convolution: noqa is no word of it"
    assert titles["scores"] == "mean over the map"
    found = [line.title for line in seen.root.lines if line.text.startswith("weights")]
    assert found == ["weights", "only where there are any"]
    assert titles["if len(weights):"] == ""
    assert [line.is_helper for line in seen.root.lines[-4:]] == [False, True, True, False]
    assert seen.root.about == "Says of its steps what they do"
    (conv,) = seen.root.lines[0].calls
    assert conv.described == "Conv2d(3, 6, kernel_size=(4, 2), stride=(2, 2))"
    assert (conv.about, seen.root.described) == ("", "Titled(), 1 modules inside, 150 parameters")


class Guarded(nn.Module):
    def forward(self, x):
        with torch.no_grad():
            y = x + 1
            with torch.enable_grad():
                return y * 2


class Cleaning(nn.Module):
    def forward(self, x):
        try:
            return x + 1
        finally:
            size = len(x)
            assert size


@pytest.mark.parametrize("model", [Guarded(), Cleaning()])
def test_a_return_inside_of_a_block_keeps_its_value(model):
    seen = trace(model, torch.zeros(2, 3))
    (back,) = (line for line in seen.root.lines if line.text.startswith("return"))
    assert [v.facts.shape for v in back.values] == [(2, 3)]
    heads = [line.text for line in seen.root.lines if line.text.startswith("with")]
    assert len(heads) == len(set(heads))  # Python comes back to them; the run does not


class Many(nn.Module):
    def forward(self, x):
        return [(x + n, n) for n in range(40)]


def test_all_outputs_of_a_list_are_listed():
    seen = trace(Many(), torch.zeros(3))
    made = [v for v in seen.root.returned if v.facts is not None]
    assert [v.name for v in made] == [f"returned[{n}][0]" for n in range(40)]
    assert [v.text for v in seen.root.returned if v.facts is None] == [str(n) for n in range(40)]


class Sleeping(nn.Module):
    """Its time is that of a clock of its own."""

    def __init__(self, clock):
        super().__init__()
        self.clock, self.inner, self.drop = clock, Inner(clock), nn.Dropout(0.5)

    def forward(self, x):
        self.clock.sleep(0.05)
        x = self.inner(x)
        self.clock.sleep(0.02)
        return self.drop(x)


class Inner(nn.Module):
    def __init__(self, clock):
        super().__init__()
        self.clock = clock

    def forward(self, x):
        y = x + 1
        self.clock.sleep(0.03)
        return y


class Clock:
    now = 0.0

    def sleep(self, seconds):
        self.now += seconds

    def __call__(self):
        return self.now


def test_times_leave_out_what_recording_costs(monkeypatch):
    """Every measuring, every sentence and every signature takes the recorder seven seconds."""
    from utils.tracing import drops, recorder, titles
    from utils.tracing.facts import Ledger

    clock = Clock()

    def slow(function):
        def call(*args, **settings):
            clock.sleep(7.0)
            return function(*args, **settings)

        return call

    monkeypatch.setattr("utils.tracing.stopwatch.perf_counter", clock)
    monkeypatch.setattr(Ledger, "measure", slow(Ledger.measure))
    monkeypatch.setattr(drops, "what_it_did", slow(drops.what_it_did))
    monkeypatch.setattr(titles, "description", slow(titles.description))
    monkeypatch.setattr(recorder, "signature", slow(recorder.signature))
    seen = trace(Sleeping(clock).train(), torch.ones(4, 5))
    assert clock.now > 100
    times = {line.text: line.seconds for line in seen.lines()}
    assert times["self.clock.sleep(0.05)"] == pytest.approx(0.05, abs=1e-9)
    assert times["x = self.inner(x)"] == pytest.approx(0.03, abs=1e-9)
    assert times["self.clock.sleep(0.03)"] == pytest.approx(0.03, abs=1e-9)
    assert times["y = x + 1"] == times["return y"] == pytest.approx(0, abs=1e-9)
    assert seen.module("inner").seconds == pytest.approx(0.03, abs=1e-9)
    assert seen.module("drop").seconds == pytest.approx(0, abs=1e-9)
    assert seen.root.seconds == pytest.approx(0.1, abs=1e-9)


def test_nothing_takes_less_than_its_parts():
    seen = trace(create_model("swin_nano").eval(), PICTURE)
    for call in seen.calls():
        assert sum(line.seconds for line in call.lines) <= call.seconds + 1e-9
        for line in call.lines:
            assert sum(inner.seconds for inner in line.calls) <= line.seconds + 1e-9


class Masked(nn.Module):
    def forward(self, x):
        mask = torch.zeros(2, 3, 4, 5)
        mask[1, 2, 1:, 3:] = -100
        return x + mask


def test_a_tensor_opens_where_its_values_differ():
    seen = trace(Masked(), torch.rand(2, 3, 4, 5))
    mask = next(v for v in seen.root.lines[1].values if v.name == "mask").facts
    assert [one.at for one in mask.slices] == [
        f"[{window}, {head}, :, :]" for window in range(2) for head in range(3)
    ]
    assert (mask.shown.at, mask.shown.corner_at) == ("[1, 2, :, :]", "[1, 2, :3, 2:5]")
    assert mask.shown.corner.tolist() == [[0, 0, 0], [0, -100, -100], [0, -100, -100]]
    out = seen.root.returned[0].facts
    assert (out.opened, out.shown.corner_at) == (0, "[0, 0, :3, :3]")


@pytest.mark.parametrize("given", ["[:2, 1, ::2]", np.s_[:2, 1, ::2]])
def test_a_reader_sets_the_slice(given):
    x = torch.arange(120.0).reshape(2, 3, 4, 5)
    shown = trace(nn.Identity(), x, slice=given).root.returned[0].facts.shown
    assert shown.corner_at == "[:2, 1, ::2, ::2]"
    assert shown.corner.tolist() == x[:2, 1, ::2, ::2].tolist()


@pytest.mark.parametrize("given", ["", "a", "[:, ...]", 1.5, (None,), "1,,2"])
def test_a_slice_that_is_none_is_refused(given, plain_types):
    with pytest.raises(ConfigError, match="a slice is text like"):
        trace(nn.Identity(), torch.zeros(3), slice=given)


def test_long_slices_are_the_first_and_the_last_and_some_between():
    x = torch.arange(64.0 * 9).reshape(8, 8, 3, 3)
    facts = trace(nn.Identity(), x).root.returned[0].facts
    assert facts.slices[0].at == "[0, 0, :, :]"
    assert facts.slices[-1].at == "[7, 7, :, :]"
    assert len(facts.slices) == MOST
    assert facts.slices[-1].picture.tolist() == x[7, 7].tolist()

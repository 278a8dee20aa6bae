"""The cost view: its formulas against counters on real layers, and where memory runs out."""

import numpy as np
import pytest
import torch

from utils.explorers import explore
from utils.explorers.cost import compute as view
from utils.explorers.cost.layers import CHANNELS, KINDS, layer_of
from utils.explorers.cost.measure import measure
from utils.fast import fast
from utils.tracing.cost import cost

SAMPLING = 4 * 4 * CHANNELS  # four points, four cells each: torch's counter does not see them


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cells", [4, 16])
def test_the_formulas_are_what_a_real_layer_needs(kind, cells):
    x = torch.rand(1, cells, cells, CHANNELS)
    with fast():  # the lines are those of the forms that the view measures
        counted = cost(layer_of(kind), x)
    unseen = cells**2 * SAMPLING if kind == "deformable" else 0
    assert counted.multiply_adds + unseen == view.multiply_adds(kind, cells)
    keys = {"window": min(64, cells**2), "axial": cells, "all": cells**2}.get(kind)
    fused = keys is not None and keys > 16
    # x is an input here, and kept in a network; windows of a larger map are a copy of it
    copied = kind == "window" and cells > 8
    kept = counted.activation_bytes + (0 if copied else x.numel() * 4)
    bytes_ = view.kept_bytes(kind, cells, "fused" if fused else "plain")
    assert bytes_ == pytest.approx(kept, rel=1e-9 if keys else 0.2)


def test_every_layer_keeps_the_shape_and_reaches_whom_it_should():
    for kind, reached in zip(KINDS, (64, 16, 256, 256, None), strict=True):
        x = torch.rand(1, 16, 16, CHANNELS, requires_grad=True)
        out = layer_of(kind)(x)
        assert out.shape == x.shape
        out[0, 3, 5].sum().backward()
        heard = int((x.grad.abs().sum(-1) > 0).sum())
        assert heard == reached if reached else 1 < heard <= 1 + 3 * 4 * 4


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("kept", ["plain", "fused"])
def test_the_largest_side_fits_and_the_next_one_does_not(kind, kept):
    settings = view.Settings(stride=4, kept=kept, memory="16", layers=12)
    side = view.largest(kind, settings)
    fits = [12 * view.kept_bytes(kind, side // 4 + more, kept) <= 16e9 for more in (0, 1)]
    assert fits == [True, False]


def test_all_with_all_grows_with_the_fourth_power_and_windows_with_the_second():
    result = view.compute(view.Settings(stride=1))
    growth = dict(zip(KINDS, result.work[:, -1] / result.work[:, -2], strict=True))
    assert growth["all"] == pytest.approx(16, rel=1e-3)
    assert growth["axial"] == pytest.approx(8, rel=0.1)
    for kind in ("window", "channel", "deformable"):
        assert growth[kind] == pytest.approx(4)


def test_fused_attention_takes_memory_off_but_no_work():
    plain, fused = (view.compute(view.Settings(kept=kept)) for kept in ("plain", "fused"))
    assert np.array_equal(plain.work, fused.work)
    assert fused.runs_out[KINDS.index("all")] > 5 * plain.runs_out[KINDS.index("all")]


def test_the_button_measures_and_leaves_the_words_alone():
    view_ = explore("cost")
    before = view_.sentence
    view_.measure(patience=0.0)  # the smallest size alone
    assert (view_.result().measured > 0).any()
    assert view_.sentence == before
    assert set(measure(patience=0.0)) == set(KINDS)

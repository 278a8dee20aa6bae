"""What a flow file marks as unknown is drawn as such, and decides about nothing else."""

import tracemalloc

import numpy as np
import pytest
import torch

from utils.errors import ConfigError, ShapeError
from utils.figures.flow import add_arrows, draw_flows, flow_colors, longest
from utils.figures.style import new_figure

UNKNOWN = [1e10, 2e9, float("nan"), float("inf"), -float("inf")]


def flow_with(value: float, *, axis: int = 0) -> torch.Tensor:
    flow = 6 * torch.randn(2, 5, 7, generator=torch.Generator().manual_seed(0))
    flow[axis, 2, 3] = value
    return flow


@pytest.mark.parametrize("value", UNKNOWN)
@pytest.mark.parametrize("axis", [0, 1])
def test_an_unknown_pixel_is_black_and_changes_no_other(value, axis):
    flow, plain = flow_with(value, axis=axis), flow_with(0.0, axis=axis)
    plain[:, 2, 3] = 0
    assert longest(flow) == longest(plain)
    found, want = flow_colors(flow), flow_colors(plain)
    assert found[2, 3].tolist() == [0, 0, 0]
    found[2, 3] = want[2, 3]
    assert np.array_equal(found, want)


def test_a_flow_of_which_nothing_is_known_is_black():
    nothing = torch.full((2, 3, 4), torch.nan)
    assert longest(nothing) == 1
    assert flow_colors(nothing).max() == 0


@pytest.mark.parametrize("most", [0, -1.0, float("nan"), float("inf")])
def test_a_rim_without_length_is_said(most, plain_types):
    with pytest.raises(
        ConfigError, match=r"most ?= ?.* came: (the rim .* leave it out|most is a finite number)"
    ):
        flow_colors(torch.ones(2, 3, 4), most=most)


def test_arrows_and_rows_of_flows_take_it():
    ax = new_figure(200, 200).add_subplot()
    add_arrows(ax, flow_with(1e10), every=1)
    assert np.isfinite(ax.collections[-1].U).all()
    assert np.abs(ax.collections[-1].U).max() < 100
    draw_flows({"a": flow_with(float("nan"))}, arrows=2)


def test_a_large_flow_is_colored_in_bands_of_little_memory():
    flow = torch.randn(2, 1500, 2000, generator=torch.Generator().manual_seed(0))
    tracemalloc.start()
    colors = flow_colors(flow, most=3)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 * colors.nbytes  # all at once it was 80 times
    rows = flow_colors(flow[:, 700:703].contiguous(), most=3)
    assert np.array_equal(colors[700:703], rows)


def test_wrong_axes_are_said(plain_types):
    with pytest.raises(ShapeError, match=r"\(2, h, w\)|xy|\(5, 7, 2\)"):
        flow_colors(torch.zeros(5, 7, 2))

"""Grids, heat maps and curves show the numbers that they were given."""

import numpy as np
import pytest
import torch

from utils.cells.show import png
from utils.figures import Grid, draw_comparison, draw_curves, draw_grids, draw_weights
from utils.figures.pictures import draw_pictures


def words(ax):
    return [text.get_text() for text in ax.texts]


def test_every_number_stands_in_its_cell():
    values = np.arange(6).reshape(2, 3)
    marked = values == 4
    ax = draw_grids(Grid("map", values, groups=values // 3, marked=marked, hidden=marked)).axes[0]
    places = {text.get_text(): text.get_position() for text in ax.texts}
    assert places == {str(i): (i % 3 + 0.5, i // 3 + 0.5) for i in range(6)}
    assert ax.get_title(loc="left") == "map"


def test_weights_share_one_scale_from_0_to_1():
    figure = draw_weights({"a": [[0.25, 0.75]], "b": [[1.0, 0.0]]})
    first, second, bar = figure.axes
    assert words(first) == ["0.25", "0.75"]
    assert first.images[0].get_clim() == second.images[0].get_clim() == (0, 1)
    assert bar.get_ylabel() == "weight"


def test_a_difference_has_zero_in_the_middle_and_its_size_written():
    figure = draw_comparison([[1.0, 2.0]], [[1.0, 2.5]])
    low, high = figure.axes[2].images[0].get_clim()
    assert (low, high) == (-0.5, 0.5)
    assert figure.axes[2].get_title(loc="left") == "difference, at most 5e-01"
    assert figure.axes[0].images[0].get_clim() == figure.axes[1].images[0].get_clim()


@pytest.mark.parametrize("log", [True, False])
def test_curves_are_named_and_carry_units(log):
    ax = draw_curves({"a": ([1, 2], [3, 4])}, x="tokens", y="seconds", log=log).axes[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("tokens", "seconds")
    assert (ax.get_xscale() == "log") == log
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a"]


def test_frames_have_their_borders():
    picture = torch.rand(3, 8, 12, generator=torch.Generator().manual_seed(0))
    figure = draw_pictures({"frame 0": picture, "frame 1": picture, "other": picture})
    shown = [ax.spines["left"].get_visible() for ax in figure.axes]
    assert shown == [True, True, False]
    assert (
        figure.axes[0].spines["left"].get_edgecolor()
        != figure.axes[1].spines["left"].get_edgecolor()
    )
    assert png(figure) == png(figure)


def test_equal_colors_are_one_group_however_many_there_are():
    groups = np.arange(24).reshape(4, 6) // 2
    ax = draw_grids(Grid("groups", groups, groups=groups)).axes[0]
    colors = [patch.get_facecolor() for patch in ax.patches[:24]]
    for one in range(24):
        for other in range(24):
            same = groups.flat[one] == groups.flat[other]
            assert (colors[one] == colors[other]) == same

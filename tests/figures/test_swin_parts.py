"""The pictures of patch merging and of stochastic depth show what they were given."""

import numpy as np
import pytest

from utils.figures.swin_parts import draw_corners, draw_living


def numbers(ax):
    return [int(text.get_text()) for text in ax.texts]


def test_the_four_corners_of_an_uneven_map():
    axes = draw_corners((4, 6)).axes
    assert numbers(axes[0]) == list(range(24))
    assert numbers(axes[1]) == [0, 2, 4, 12, 14, 16]  # x0: every second of every second row
    assert numbers(axes[2]) == [6, 8, 10, 18, 20, 22]  # x1: the row below
    assert numbers(axes[3]) == [1, 3, 5, 13, 15, 17]  # x2: the column to the right
    assert numbers(axes[4]) == [7, 9, 11, 19, 21, 23]  # x3: both
    assert numbers(axes[5])[:8] == [0, 6, 1, 7, 2, 8, 3, 9]
    assert [ax.get_title(loc="left").split("\n")[0] for ax in axes[1:5]] == ["x0", "x1", "x2", "x3"]


def test_a_corner_has_one_tint_everywhere():
    axes = draw_corners((4, 6)).axes
    whole = np.asarray(axes[0].collections[0].get_array()).reshape(4, 6)[::-1]
    assert whole[:2, :2].tolist() == [[0, 2], [1, 3]]
    for at in range(4):
        assert set(np.ravel(axes[1 + at].collections[0].get_array())) == {at}


def test_stochastic_depth_hides_what_is_left_out():
    scales = np.array([[1, 1, 0, 1.25], [1, 1, 1.25, 0], [1, 1, 1.25, 1.25]])
    above, below, _ = draw_living(scales, [0.0, 0.2]).axes
    assert [bar.get_height() for bar in above.patches] == pytest.approx([0.0, 0.2])
    assert [text.get_text() for text in above.texts] == ["0.000", "0.200"]
    shown = below.images[0].get_array()
    assert shown.mask.tolist() == (scales == 0).tolist()
    assert below.images[0].get_clim() == (1, 1.25)

"""The multi-axis view, against cells that meet by arithmetic alone."""

import numpy as np
import pytest

from utils.explorers.multi_axis import compute as view

MEET = {
    "window": lambda a, b, size, stride: a // size == b // size,
    "grid": lambda a, b, size, stride: a % stride == b % stride,
}


def meet(kind, a, b, side, size):
    """Whether two cells share a group."""
    if kind in ("rows", "columns"):
        axis = ("rows", "columns").index(kind)
        return a[axis] == b[axis]
    stride = -(-side // size)
    return all(MEET[kind](a[axis], b[axis], size, stride) for axis in (0, 1))


@pytest.mark.parametrize("layers", view.PAIRS)
@pytest.mark.parametrize(("side", "size"), [(14, 7), (14, 4), (7, 4), (7, 14)])
def test_reach_and_relays_are_those_of_a_walk_cell_by_cell(layers, side, size):
    settings = view.Settings(layers, size, side, query=(33, 50), source=(9, 21))
    result = view.compute(settings)
    query, source = view.token(settings.query, side), view.token(settings.source, side)
    first, second = view.PAIRS[layers]
    cells = list(np.ndindex(side, side))
    handing = [cell for cell in cells if meet(second, query, cell, side, size)]
    for cell in cells:
        assert result.first[cell] == meet(first, query, cell, side, size)
        assert result.second[cell] == (cell in handing)
        assert result.reach[cell] == any(meet(first, cell, hand, side, size) for hand in handing)
        relays = cell in handing and meet(first, source, cell, side, size)
        assert result.relays[cell] == relays


@pytest.mark.parametrize(
    ("settings", "reached", "pairs"),
    [
        ({}, 28 * 28, 2 * 784 * 49),
        ({"side": 56}, 49 * 49, 2 * 3136 * 49),  # strides of 8: seven of eight blocks a side
        ({"layers": "block-block"}, 49, 2 * 784 * 49),
        ({"layers": "grid-grid"}, 49, 2 * 784 * 49),
        ({"layers": "axial"}, 784, 2 * 784 * 28),
        ({"side": 7}, 49, 2 * 49 * 49),  # one window is the whole map, block and grid are one
        ({"side": 14, "window_size": 4}, 12 * 14, 2704 + 2500),  # the last two rows: 15 is padding
    ],
)
def test_how_far_and_at_what_cost(settings, reached, pairs):
    result = view.compute(view.Settings(**settings))
    assert result.reach.sum() == reached
    assert result.pairs == pairs


def test_word_that_cannot_arrive_is_said():
    settings = view.Settings("block-block")
    assert "does not reach it" in view.sentence(settings, view.compute(settings))


def test_of_many_ways_the_one_over_the_nearest_cell_is_drawn():
    few = view.compute(view.Settings(window_size=7, side=28))
    assert few.relays.sum() == 1
    cells = [list(cell) for cell in np.ndindex(28, 28) if few.relays[cell]]
    assert few.ways.tolist() == cells
    many = view.compute(view.Settings("grid-grid", 14, 14, query=(4, 44), source=(21, 9)))
    assert many.relays.sum() == 196
    # Between row 1, column 11 and row 5, column 2: row 3, and 6 before 7, both half a cell away.
    assert many.ways.tolist() == [[3, 6]]
    assert "through 196 cells" in view.sentence(view.Settings(), many)

"""What the three first views say, against numbers known by hand or from the loop twins."""

import numpy as np
import pytest
from matplotlib.text import Text

from utils.explorers import explore
from utils.explorers.relative_position import compute as position
from utils.explorers.shift_mask import compute as masks
from utils.explorers.windows import compute as windows
from utils.reference import twins


def seen(**settings):
    return windows.compute(windows.Settings(**settings))


@pytest.mark.parametrize(
    ("settings", "cells", "reach", "pairs"),
    [
        ({}, 16, 16, 384 * 16),
        ({"layers": 2}, 16, 16, 384 * 16),  # without a shift nothing new is heard
        ({"layers": 2, "shift": 2}, 16, 64, 384 * 16),  # four windows of 16 meet
        ({"kind": "grid", "layers": 2}, 16, 256, 384 * 16),  # it meets 16 of the 24 windows
        ({"kind": "grid", "window_size": 8, "layers": 2}, 64, 384, 384 * 64),
        ({"kind": "rows", "layers": 2}, 24, 384, 384 * 24),
        ({"kind": "columns"}, 16, 16, 384 * 16),
        ({"shift": 2, "query": (0, 0)}, 4, 4, 384 * 16),  # the corner: 12 of 16 are masked
    ],
)
def test_who_sees_whom(settings, cells, reach, pairs):
    result = seen(**settings)
    assert (result.sees == windows.SEEN).sum() == cells
    assert result.reach.sum() == reach
    assert result.pairs == pairs


def test_the_shown_mask_is_the_twins_row_by_row():
    for size, shift in ((4, 2), (4, 3), (2, 1)):
        mask = twins.shift_mask(masks.MAP_SIZE, window_size=(size, size), shift_size=(shift, shift))
        for query in ((7, 11), (0, 0), (3, 5)):
            result = masks.compute(masks.Settings(size, shift, query=query))
            want = np.asarray(mask)[result.row, result.column] < 0
            assert np.array_equal(result.mask, want)
            assert tuple(result.tokens[result.token]) == query


def test_all_pairs_of_one_entry_share_one_offset():
    result = position.compute(position.Settings(5, query=(4, 1), key=(2, 3)))
    assert np.array_equal(result.index, twins.relative_position_index((5, 5)))
    assert result.sharing == (5 - 2) * (5 - 2)
    assert result.entry == (2 + 4) * 9 + (-2 + 4)


def test_settings_are_traits_and_unknown_ones_are_named():
    view = explore("windows", window_size=8, shift=3)
    assert (view.window_size, view.settings.shift) == (8, 3)
    before = view.sentence
    view.query = [0, 0]  # as it comes from the browser
    assert view.settings.query == (0, 0)
    assert view.sentence != before
    with pytest.raises(TypeError, match="size is no setting: kind, window_size"):
        explore("windows", size=8)
    with pytest.raises(ValueError, match="no view is called 'window': there are"):
        explore("window")


@pytest.mark.parametrize(
    ("name", "settings", "word"),
    [
        ("windows", {"shift": 2, "query": (15, 23)}, "hatched"),
        ("windows", {"layers": 2}, "heard of after two layers"),
        ("attention", {"block": 1, "query": (0, 0)}, "hatched"),
        ("upsampling", {"query": (0, 0)}, "hatched"),
        ("injector", {}, "subject"),
    ],
)
def test_a_still_says_what_its_marks_mean_where_it_has_them(name, settings, word):
    def said(**chosen):
        figure = explore(name, **chosen).draw()
        return " ".join(text.get_text() for text in figure.findobj(Text))

    assert word in said(**settings)
    assert not settings or word not in said()

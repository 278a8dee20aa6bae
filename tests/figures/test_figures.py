"""Figures: one set of colors, alt text, marks at the right cells."""

import base64
import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

from utils.figures import COLORS, Shown, new_figure, show_source, styled
from utils.figures.maps import borders, cell_axes, outline

ROOT = Path(__file__).parents[2]


def test_the_colors_are_those_of_the_picture_language():
    assert COLORS["query"] == "#E69F00"
    assert COLORS["masked"] == "#999999"
    assert len(COLORS) == 9


LOOKS = ("cells", "figures", "tracing", "explorers")


def test_no_color_of_the_language_is_written_down_a_second_time():
    named = re.compile("|".join(v for k, v in COLORS.items() if k not in ("paper", "line")), re.I)
    files = [p for kind in ("py", "js", "css") for p in (ROOT / "utils").rglob(f"*.{kind}")]
    mine = [p for p in files if p.parts[len(ROOT.parts) + 1] in LOOKS]
    assert [p.name for p in mine if named.search(p.read_text(encoding="utf-8"))] == ["colors.css"]


def test_a_shown_figure_carries_its_words():
    figure = new_figure(200, 100)
    data, facts = Shown(figure, "A map with 4 cells.")._repr_mimebundle_()
    assert data["text/plain"] == facts["image/png"]["alt"] == "A map with 4 cells."
    assert (facts["image/png"]["width"], facts["image/png"]["height"]) == (200, 100)
    assert base64.b64decode(data["image/png"])[:4] == b"\x89PNG"


def test_drawing_leaves_the_readers_style_alone():
    before = dict(mpl.rcParams)

    @styled
    def size():
        return mpl.rcParams["font.size"]

    assert size() == 9.5
    assert dict(mpl.rcParams) == before


def test_source_is_the_real_one():
    shown = show_source(test_source_is_the_real_one)
    assert repr(shown).startswith("def test_source_is_the_real_one")
    block = shown._repr_mimebundle_()["text/markdown"]
    inside = "```"  # the fence around this source is longer than that
    assert block.startswith("`" * 4 + "python\ndef ")
    assert block.endswith(inside + "`")


@pytest.mark.parametrize(("labels", "lines"), [([[0, 0], [0, 0]], 0), ([[0, 1], [2, 2]], 3)])
def test_lines_stand_between_cells_that_differ(labels, lines):
    ax = new_figure(100, 100).add_subplot()
    cell_axes(ax, (2, 2))
    borders(ax, np.array(labels))
    assert len(ax.collections[0].get_segments()) == lines


def test_an_outline_goes_round_a_cell_at_the_rim():
    ax = new_figure(100, 100).add_subplot()
    flags = np.zeros((2, 3), dtype=bool)
    flags[0, 2] = True
    outline(ax, flags)
    points = np.concatenate(ax.collections[0].get_segments())
    assert points.min(axis=0).tolist() == [2, 0]
    assert points.max(axis=0).tolist() == [3, 1]
    assert len(ax.collections[0].get_segments()) == 4

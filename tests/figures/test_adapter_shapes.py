"""The figures and the table of ViT-Adapter's whole say what they were given."""

from dataclasses import replace

import numpy as np
import pytest

from utils.figures.adapter_settings import NAMES, SettingsTable
from utils.figures.detail import draw_detail
from utils.figures.patches import draw_patch_colors
from utils.figures.rays import draw_rays
from utils.models.vit_adapter import VARIANTS


def test_a_setting_that_differs_is_seen_under_its_own_size_and_by_both_names():
    tiny = VARIANTS["vit_adapter_t"]
    table = SettingsTable({"one": tiny, "two": replace(tiny, points=7, with_cp=True)})
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["n_points"] == ("points", "4", "7")
    assert rows["with_cp"] == ("with_cp", "no", "yes")
    assert rows["window_attn"] == ("window_attn", "in none", "in none")
    assert set(NAMES) == set(rows) - {"authors' code"}
    bundle = table._repr_mimebundle_()
    assert "| `n_points` | `points` | 4 | 7 |" in bundle["text/markdown"]
    assert bundle["text/plain"] == repr(table)


def test_rays_stand_where_the_offsets_say():
    offsets = np.array([[[1.0, 0.0], [2.0, 0.0]], [[0.0, -1.0], [0.5, -2.0]]])
    ax = draw_rays(offsets).axes[0]
    found = [points.get_offsets().tolist() for points in ax.collections]
    assert found == offsets.tolist()
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # down is down


def test_detail_shows_both_maps_their_frequencies_and_curves():
    dice = np.random.default_rng(0)
    maps = {k: dice.integers(0, 255, (6, 5, 3), dtype=np.uint8) for k in ("plain", "ours")}
    waves = {k: dice.random((6, 5)) + 0.1 for k in maps}
    curves = {k: dice.random(3) for k in maps}
    figure = draw_detail(np.zeros((12, 10, 3)), maps, waves, curves, per="tile")
    first, second = figure.axes[1:3]
    assert (first.images[0].get_array() == maps["plain"]).all()
    assert (second.images[0].get_array() == maps["ours"]).all()
    lines = figure.axes[3]
    assert lines.get_xlabel() == "cycles per tile"
    assert [line.get_label() for line in lines.lines] == ["plain", "ours"]
    assert [line.get_ydata().tolist() for line in lines.lines] == [
        c.tolist() for c in curves.values()
    ]
    middle = figure.axes[4].images[0].get_array()[3, 2]  # frequency 0
    assert middle == pytest.approx(np.log10(waves["plain"][0, 0] + 1e-6))


def test_the_patch_that_asks_is_marked_in_every_map_of_patches():
    weights = {"head 0": np.full((3, 4), 0.1), "head 1": np.eye(3, 4)}
    colors = np.zeros((3, 4, 3), np.uint8)
    figure = draw_patch_colors(np.zeros((6, 8, 3)), colors, weights, query=(1, 3))
    assert not figure.axes[0].lines
    for ax in figure.axes[1:4]:
        assert {tuple(line.get_xydata()[0]) for line in ax.lines} == {(3.0, 1.0)}
    assert [ax.images[0].get_array().max() for ax in figure.axes[2:4]] == [0.1, 1.0]

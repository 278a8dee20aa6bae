"""The figures of places color each group by itself and count the cells that change."""

import numpy as np
from einops import rearrange
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from utils.figures.places import draw_cuts, draw_places


def test_every_group_has_a_color_of_its_own():
    numbers = np.arange(4 * 6).reshape(4, 6)
    columns = rearrange(numbers, "h w -> 1 1 w h 1")
    rows = rearrange(numbers, "h w -> 1 h 1 w 1")
    figure = draw_cuts({"columns": columns, "rows": rows}, size=(4, 6), query=8)
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles == ["columns: 6 groups of 4", "rows: 4 groups of 6"]
    for ax, axis in zip(figure.axes, (0, 1), strict=True):
        cells = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
        colors = np.array([to_hex(cell.get_facecolor()) for cell in cells]).reshape(4, 6)
        assert (colors == colors.take([0], axis=axis)).all()  # equal within a group
        assert len(set(colors.take(0, axis=axis))) == colors.shape[1 - axis]  # and only there


def test_cells_that_change_are_counted_and_the_others_are_hatched():
    picture = np.zeros((8, 12, 3))
    still, some = np.full((2, 3), 1e-7), np.array([[0.5, 2e-4, 0.0], [0.03, 5e-5, 1e-3]])
    figure = draw_places({"shuffled": (picture, [still, some])}, columns=("alone", "with bias"))
    first, alone, bias = figure.axes[:3]
    assert first.get_xlabel() == "shuffled"
    assert [alone.get_title(loc="left"), bias.get_title(loc="left")] == ["alone", "with bias"]
    assert [alone.get_xlabel(), bias.get_xlabel()] == ["0 of 6 change", "4 of 6 change"]
    hatched = {(int(p.get_y()), int(p.get_x())) for p in bias.patches if p.get_hatch()}
    assert hatched == {(0, 2), (1, 1)}
    assert len(alone.patches) == 6

"""Cells of one group have one tint, others another, and the first group is outlined."""

import numpy as np
from matplotlib.colors import to_hex

from utils.figures import cuts
from utils.figures.style import tint_of


def test_each_cell_has_the_tint_of_its_group():
    values = np.arange(12).reshape(3, 4)
    rows, pairs = values, [[0, 1, 4, 5, 8, 9], [2, 3, 6, 7, 10, 11]]
    figure = cuts.draw_cuts(values, {"rows": rows, "pairs": pairs})
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["rows", "pairs"]
    found = []
    for ax in figure.axes:
        tints = [to_hex(patch.get_facecolor()).upper() for patch in ax.patches[:12]]
        found.append(np.array(tints).reshape(3, 4))
    assert (found[0] == np.array([[tint_of(i)] * 4 for i in range(3)])).all()
    assert (found[1] == np.array([[tint_of(0)] * 2 + [tint_of(1)] * 2] * 3)).all()

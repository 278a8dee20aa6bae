"""The figure of reach says how many cells were reached, and outlines what theory allows."""

import numpy as np

from utils.figures.reach import draw_reach


def test_every_panel_counts_what_was_measured_and_not_what_is_allowed():
    allowed = np.zeros((6, 8), dtype=bool)
    allowed[:2, :3] = True
    measured = allowed * 0.5
    measured[1, 2] = 0.0
    everything = (np.ones((6, 8)), np.ones((6, 8), dtype=bool))
    kinds = {"near": [(measured, allowed), everything], "far": [everything, everything]}
    figure = draw_reach(kinds, depths=("1 layer", "2 layers"), query=(1, 1))
    words = [ax.get_xlabel() for ax in figure.axes]
    assert words == ["5 cells", "48 cells", "48 cells", "48 cells"]
    assert [ax.get_title(loc="left") for ax in figure.axes[:2]] == ["near", "far"]
    assert [len(ax.collections) for ax in figure.axes] == [2, 0, 0, 0]  # outlines: rim and line

"""One map cut in several ways: which cells each way takes into one group."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from utils.figures.grids import Grid, draw_grids


def draw_cuts(values: ArrayLike, cuts: Mapping[str, ArrayLike], *, height: int = 215) -> Figure:
    """The map once for each cut, cells of a group in one tint, those of group 0 outlined.

    A cut is (groups, cells of a group), of the map's own values, each of which occurs once.
    """
    values = np.asarray(values)
    grids = []
    for name, cut in cuts.items():
        members = np.asarray(cut)
        group = np.zeros(values.shape, int)
        for number, cells in enumerate(members):
            group[np.isin(values, cells)] = number
        grids.append(Grid(name, values, groups=group, marked=group == 0))
    return draw_grids(*grids, height=height)

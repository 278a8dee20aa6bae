"""Maps cut into groups, and how much of an answer hangs on the place of a cell."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from einops import rearrange
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from utils.figures.grids import Grid, draw_grids
from utils.figures.maps import cell_axes, hatch
from utils.figures.style import SEQUENTIAL, new_figure, styled

DECADES = 4.0  # the darkest cell changes by 10⁻⁴ of the answer's size; less counts as no change


def draw_cuts(
    cuts: Mapping[str, ArrayLike], *, size: tuple[int, int], query: int, height: int = 165
) -> Figure:
    """Ways to cut a map of numbered cells, (1, nh, nw, n, 1) each; the query's group is marked."""
    panels = []
    for name, cut in cuts.items():
        members = rearrange(np.asarray(cut), "1 nh nw n 1 -> (nh nw) n")
        groups = (members.ravel().argsort() // members.shape[1]).reshape(size)  # cell -> its group
        numbers = np.arange(groups.size).reshape(size)
        title = f"{name}: {len(members)} groups of {members.shape[1]}"
        panels.append(Grid(title, numbers, groups, marked=groups == groups.flat[query]))
    return draw_grids(*panels, height=height)


@styled
def draw_places(
    rows: Mapping[str, tuple[ArrayLike, Sequence[ArrayLike]]], *, columns: Sequence[str]
) -> Figure:
    """A row per experiment: the picture (h, w, 3) that goes in, then a map of changes per column.

    A change is a share of the answer's size, in powers of ten; cells without one are hatched.
    """
    figure = new_figure(720, 24 + 158 * len(rows))
    axes = figure.subplots(len(rows), 1 + len(columns), squeeze=False)
    for line, (name, (picture, changes)) in zip(axes, rows.items(), strict=True):
        line[0].imshow(np.asarray(picture).clip(0, 1), interpolation="antialiased")
        line[0].set(xticks=[], yticks=[])
        line[0].set_xlabel(name, fontsize=9)
        line[0].spines[:].set_visible(False)
        for ax, change in zip(line[1:], changes, strict=True):
            _changes(ax, np.asarray(change, dtype=float))
    for ax, column in zip(axes[0, 1:], columns, strict=True):
        ax.set_title(column)
    scale = mpl.cm.ScalarMappable(mpl.colors.LogNorm(10.0**-DECADES, 1), SEQUENTIAL)
    figure.colorbar(
        scale, ax=list(axes.flat), label="change, share of the answer (hatched: none)", shrink=0.8
    )
    return figure


def _changes(ax: Axes, change: NDArray) -> None:
    """One map; below it how many cells change."""
    cell_axes(ax, change.shape)
    ax.set(xticks=[], yticks=[])
    shown = 1 + np.log10(np.maximum(change, 1e-12)) / DECADES
    h, w = change.shape
    ax.imshow(shown, extent=(0, w, h, 0), cmap=SEQUENTIAL, vmin=0, vmax=1)
    for cell in np.argwhere(shown <= 0):
        hatch(ax, (int(cell[0]), int(cell[1])))
    ax.set_xlabel(f"{int((shown > 0).sum())} of {change.size} change", fontsize=9)

"""Maps cut into cells: numbers in cells, outlines of windows, what is hidden under a mask."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Circle, Rectangle
from numpy.typing import NDArray

from utils.figures.style import COLORS

Cell = tuple[int, int]


def cell_axes(ax: Axes, size: tuple[int, int], *, every: int = 1) -> None:
    """Turn axes into a map of cells: (row, column) from the top left, the index on the rim."""
    h, w = size
    ax.set(xlim=(0, w), ylim=(h, 0), aspect="equal")
    for axis, side in ((ax.xaxis, w), (ax.yaxis, h)):
        at = np.arange(0, side, every)
        axis.set_ticks(at + 0.5, [str(i) for i in at])
    ax.xaxis.tick_top()
    ax.tick_params(length=0, pad=2, labelcolor="#595959")
    ax.spines[:].set_visible(False)


def numbers(ax: Axes, values: NDArray, *, size: float = 9, words: Sequence | None = None) -> None:
    """Write every value into its cell."""
    flat = values.ravel() if words is None else words
    for i, value in enumerate(flat):
        row, column = divmod(i, values.shape[1])
        ax.text(column + 0.5, row + 0.5, str(value), ha="center", va="center", fontsize=size)


def tint(ax: Axes, cell: Cell, color: str, *, alpha: float = 1.0, lines: bool = True) -> None:
    """Color one cell."""
    edge = {"edgecolor": "#00000030", "linewidth": 0.6} if lines else {"linewidth": 0}
    ax.add_patch(Rectangle((cell[1], cell[0]), 1, 1, facecolor=color, alpha=alpha, **edge))


def hatch(ax: Axes, cell: Cell) -> None:
    """Mark one cell as hidden: gray, with diagonal lines."""
    look = {"facecolor": COLORS["masked"], "edgecolor": "white", "hatch": "////", "alpha": 0.85}
    ax.add_patch(Rectangle((cell[1], cell[0]), 1, 1, linewidth=0, **look))


def ring(ax: Axes, cell: Cell, *, color: str = "query") -> None:
    """The query: a ring with a dot, always on top."""
    center = (cell[1] + 0.5, cell[0] + 0.5)
    for width, edge in ((4.5, "black"), (2.5, COLORS[color])):
        ax.add_patch(Circle(center, 0.36, fill=False, edgecolor=edge, linewidth=width, zorder=9))
    ax.add_patch(Circle(center, 0.11, color=COLORS[color], zorder=9))


def borders(ax: Axes, labels: NDArray, *, color: str = COLORS["line"], width: float = 0.8) -> None:
    """Lines between neighboring cells whose labels differ."""
    segments = [
        *([(x + 1, y), (x + 1, y + 1)] for y, x in np.argwhere(labels[:, 1:] != labels[:, :-1])),
        *([(x, y + 1), (x + 1, y + 1)] for y, x in np.argwhere(labels[1:] != labels[:-1])),
    ]
    ax.add_collection(LineCollection(segments, colors=color, linewidths=width, zorder=4))


def outline(ax: Axes, flags: NDArray, *, color: str = COLORS["line"], width: float = 2.5) -> None:
    """Lines around the cells that are flagged, at the rim of the map too."""
    wide = np.pad(flags.astype(bool), 1)
    segments = [
        *([(x, y - 1), (x, y)] for y, x in np.argwhere(wide[:, 1:] != wide[:, :-1])),
        *([(x - 1, y), (x, y)] for y, x in np.argwhere(wide[1:] != wide[:-1])),
    ]
    for extra, edge in ((2.0, "white"), (0.0, color)):
        lines = LineCollection(segments, colors=edge, linewidths=width + extra, zorder=5)
        lines.set_capstyle("projecting")
        ax.add_collection(lines)

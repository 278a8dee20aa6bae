"""What deformable attention reads: reference points of several maps, and points between cells."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from utils.figures.maps import cell_axes, numbers, ring, tint
from utils.figures.style import COLORS, new_figure, styled

MARKS = ("o", "^", "s")  # of the first, second and third map, as in the explorer


@styled
def draw_reference_points(
    picture: NDArray, sizes: Sequence[tuple[int, int]], *, query: tuple[int, int], level: int
) -> Figure:
    """The middles of all cells of some maps over the picture (h, w, 3); one query is marked in all.

    The query is a cell (row, column) of the map `level`.
    """
    figure = new_figure(720, 250)
    h, w = sizes[level]
    own = ((query[1] + 0.5) / w, (query[0] + 0.5) / h)
    axes = np.ravel(figure.subplots(1, len(sizes)))
    for number, (ax, (rows, columns)) in enumerate(zip(axes, sizes, strict=True)):
        mark = MARKS[number % len(MARKS)]
        ax.imshow(
            picture.clip(0, 1), extent=(0, 1, 1, 0), aspect=picture.shape[0] / picture.shape[1]
        )
        ax.hlines(np.arange(rows + 1) / rows, 0, 1, colors="white", linewidth=0.6)
        ax.vlines(np.arange(columns + 1) / columns, 0, 1, colors="white", linewidth=0.6)
        x, y = np.meshgrid((np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows)
        look = {"color": COLORS["sample"], "edgecolors": "white", "linewidths": 0.6}
        ax.scatter(x, y, marker=mark, s=26, **look)
        for width, color in ((5.0, "black"), (3.0, COLORS["query"])):
            ax.plot(*own, "o", markersize=15, mfc="none", mec=color, mew=width, zorder=9)
        ax.set(
            title=f"{rows}×{columns} cells", xlim=(0, 1), ylim=(1, 0), xticks=(0, 1), yticks=(0, 1)
        )
    axes[0].set(xlabel="x", ylabel="y")
    return figure


@styled
def draw_reading(
    values: NDArray, *, query: tuple[int, int], places: NDArray, weights: Sequence[float]
) -> Figure:
    """A small map of numbers, a query, and the places (x, y) in [0, 1] that it reads."""
    figure = new_figure(420, 330)
    ax = figure.add_subplot()
    h, w = values.shape
    cell_axes(ax, (h, w))
    for cell in np.ndindex(h, w):
        tint(ax, cell, COLORS["paper"])
    numbers(ax, values, size=11.0)
    ring(ax, query)
    start = (query[1] + 0.5, query[0] + 0.5)
    for (x, y), weight in zip(places, weights, strict=True):
        end = (x * w, y * h)
        arrow = {"arrowstyle": "-", "color": COLORS["sample"], "linewidth": 1.6}
        ax.annotate("", end, start, arrowprops=arrow)
        ax.scatter(*end, s=60 + 700 * weight, color=COLORS["sample"], alpha=0.55, zorder=8)
        ax.text(end[0] + 0.2, end[1] + 0.36, f"{weight:.2f}", color=COLORS["line"], fontsize=10)
    ax.set_xlabel("number beside a disk: its weight")
    return figure

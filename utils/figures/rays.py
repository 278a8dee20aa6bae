"""Where the heads of deformable attention read before anything is learned."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from utils.figures.style import COLORS, new_figure, styled


@styled
def draw_rays(offsets: NDArray) -> Figure:
    """The offsets (heads, points, 2) of one query in one map, as (x, y) in cells."""
    figure = new_figure(360, 340)
    ax = figure.add_subplot()
    reach = int(np.abs(offsets).max()) + 1
    ax.set_xticks(np.arange(-reach, reach + 1) + 0.5, [], minor=True)
    ax.set_yticks(np.arange(-reach, reach + 1) + 0.5, [], minor=True)
    ax.grid(which="minor", color=COLORS["masked"], linewidth=0.4)
    ax.tick_params(which="minor", length=0)
    for head, points in enumerate(offsets):
        ax.plot(*np.vstack([np.zeros(2), points]).T, color=COLORS["sample"], lw=0.8, zorder=2)
        ax.scatter(points[:, 0], points[:, 1], s=50, color=COLORS["sample"], zorder=3)
        x, y = points[-1] * 1.16
        ax.text(x, y, f"{head}", ha="center", va="center", zorder=4)
    ax.plot(0, 0, "o", markersize=13, mfc="none", mec=COLORS["query"], mew=2.5, zorder=5)
    ax.set(
        xlim=(-reach, reach),
        ylim=(reach, -reach),
        aspect="equal",
        xlabel="cells to the right",
        ylabel="cells down",
    )
    return figure

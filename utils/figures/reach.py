"""How far attention reaches: gradients that were measured, beside what theory allows."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from utils.figures.maps import outline
from utils.figures.style import COLORS, SEQUENTIAL, new_figure, styled

DECADES = 4.0  # of the gradient, below its greatest value; less is as dark as 0


@styled
def draw_reach(
    kinds: Mapping[str, Sequence[tuple[ArrayLike, ArrayLike]]],
    *,
    depths: Sequence[str],
    query: tuple[int, int],
) -> Figure:
    """A column a kind, a row a depth; each cell a pair (gradient, allowed by theory).

    Bright is the gradient of the query's output by each cell's input, in powers of ten; the
    outline is theory; what the gradient does not reach is white.
    """
    figure = new_figure(720, 30 + 156 * len(depths))
    axes = figure.subplots(len(depths), len(kinds), squeeze=False)
    for line, (name, layers) in zip(axes.T, kinds.items(), strict=True):
        for ax, (measured, allowed), depth in zip(line, layers, depths, strict=True):
            gradient, flags = np.asarray(measured, dtype=float), np.asarray(allowed, dtype=bool)
            h, w = flags.shape
            heard = np.where(gradient > 0, gradient, np.nan)
            powers = 1 + np.log10(heard / np.nanmax(heard)) / DECADES
            ax.imshow(powers, extent=(0, w, h, 0), cmap=SEQUENTIAL, vmin=0, vmax=1)
            if not flags.all():
                outline(ax, flags, color=COLORS["grid"], width=1.0)
            y, x = query[0] + 0.5, query[1] + 0.5
            for width, color in ((3.2, "black"), (1.8, COLORS["query"])):
                ax.plot(x, y, "o", ms=6, mfc="none", mec=color, mew=width, zorder=9)
            ax.set(xlim=(0, w), ylim=(h, 0), xticks=[], yticks=[])
            ax.set_xlabel(f"{int((gradient > 0).sum())} cells", fontsize=9)
            ax.spines[:].set(visible=True, color="#BDBDBD")
            if name == next(iter(kinds)):
                ax.set_ylabel(depth, fontsize=9.5)
        line[0].set_title(name, fontweight="bold")
    return figure

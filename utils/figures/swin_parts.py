"""Two parts of Swin as pictures: the four corners of patch merging, and stochastic depth."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from utils.figures.style import COLORS, SEQUENTIAL, TINTS, new_figure, styled

# x0 to x3 in the order in which they stand beside each other: (row, column, where)
CORNERS = ((0, 0, "top left"), (1, 0, "bottom left"), (0, 1, "top right"), (1, 1, "bottom right"))


@styled
def draw_corners(size: tuple[int, int]) -> Figure:
    """A numbered map, its four corner maps x0 to x3, and what the merged tokens hold."""
    numbers = np.arange(size[0] * size[1]).reshape(size)
    corner = np.zeros(size, dtype=int)
    for at, (row, column, _) in enumerate(CORNERS):
        corner[row::2, column::2] = at
    figure = new_figure(720, 260)
    axes = figure.subplots(1, 6, width_ratios=(2.4, 1.2, 1.2, 1.2, 1.2, 2.2))
    _numbers(axes[0], numbers, corner, f"the map, {size[0]}×{size[1]}")
    for at, (row, column, where) in enumerate(CORNERS):
        part = numbers[row::2, column::2]
        _numbers(axes[1 + at], part, np.full(part.shape, at), f"x{at}\n{where}")
    tokens = np.stack([numbers[r::2, c::2].ravel() for r, c, _ in CORNERS], axis=1)
    order = np.broadcast_to(np.arange(len(CORNERS)), tokens.shape)
    _numbers(axes[5], tokens, order, "merged tokens,\none in each row")
    return figure


def _numbers(ax: Axes, numbers: NDArray, corner: NDArray, title: str) -> None:
    """Numbers in cells whose tint says which corner they come from."""
    tints = ListedColormap(TINTS[: len(CORNERS)])
    ax.pcolormesh(
        corner[::-1], cmap=tints, vmin=0, vmax=len(CORNERS) - 1, edgecolors=COLORS["line"]
    )
    for (row, column), number in np.ndenumerate(numbers):
        ax.text(column + 0.5, len(numbers) - row - 0.5, number, ha="center", va="center")
    ax.set_title(title)
    ax.set_aspect("equal")
    ax.axis("off")


@styled
def draw_living(scales: NDArray, rates: list[float]) -> Figure:
    """Stochastic depth in one pass: the rate of each block, and each sample's 24 factors.

    `scales` is (samples, branches), two branches for each block: 0 where one is left out, else
    what it is multiplied by.
    """
    figure = new_figure(720, 380)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1, 2.6))
    middles = 2 * np.arange(len(rates)) + 1
    above.bar(middles, rates, width=1.6, color=COLORS["frame1"])
    for middle, rate in zip(middles, rates, strict=True):
        above.text(middle, rate + 0.006, f"{rate:.3f}", ha="center", fontsize=8)
    above.set(ylabel="rate", ylim=(0, max(rates) * 1.3 or 1.0))
    shown = np.ma.masked_equal(scales, 0)
    extent = (0, scales.shape[1], len(scales), 0)
    image = below.imshow(shown, cmap=SEQUENTIAL, vmin=1, extent=extent, aspect="auto")
    below.hlines(range(len(scales)), 0, scales.shape[1], colors="white", linewidth=0.6)
    below.vlines(range(0, scales.shape[1], 2), 0, len(scales), colors="white", linewidth=1.6)
    below.set(xticks=middles, xticklabels=range(len(rates)), ylabel="sample")
    below.set_xlabel("block; left its attention, right its MLP; white is left out")
    figure.colorbar(image, ax=below, label="multiplied by")
    return figure

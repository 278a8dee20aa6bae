"""What the patches of a vision transformer hold in common, and where one token looks."""

from collections.abc import Mapping

from jaxtyping import Float, UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from utils.figures.style import COLORS, SEQUENTIAL, new_figure, styled


@styled
def draw_patch_colors(
    picture: Float[NDArray, "h w 3"],
    colors: UInt8[NDArray, "nh nw 3"],
    weights: Mapping[str, Float[NDArray, "nh nw"]],
    *,
    query: tuple[int, int],
) -> Figure:
    """The picture, its patches in the colors of what they hold, and named attention weights.

    The patch (row, column) whose weights they are is marked in all maps of patches.
    """
    figure = new_figure(720, 170)
    axes = figure.subplots(1, 2 + len(weights))
    axes[0].imshow(picture.clip(0, 1))
    _bare(axes[0], "picture")
    axes[1].imshow(colors, interpolation="nearest")
    _bare(axes[1], f"patches, {colors.shape[0]}×{colors.shape[1]}")
    top = max(one.max() for one in weights.values())
    for ax, (name, one) in zip(axes[2:], weights.items(), strict=True):
        shown = ax.imshow(one, cmap=SEQUENTIAL, vmin=0, vmax=top, interpolation="nearest")
        _bare(ax, name)
    for ax, width in ((ax, width) for ax in axes[1:] for width in (4.0, 2.2)):
        color = "black" if width > 3 else COLORS["query"]
        ax.plot(query[1], query[0], "o", markersize=10, mfc="none", mec=color, mew=width)
    figure.colorbar(shown, ax=list(axes[2:]), label="weight", shrink=0.8)
    return figure


def _bare(ax: Axes, title: str) -> None:
    ax.set(xticks=[], yticks=[], title=title)
    ax.spines[:].set_visible(False)

"""What a model makes of a picture: patches, attention weights of one query, feature maps."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from utils.figures.maps import ring
from utils.figures.style import COLORS, SEQUENTIAL, new_figure, styled

Cell = tuple[int, int]


@styled
def draw_patches(picture: NDArray, *, patch_size: int, at: Cell) -> Figure:
    """The picture (h, w, 3) cut into patches, and one of them with its pixels."""
    figure = new_figure(720, 340)
    whole, one = figure.subplots(1, 2, width_ratios=(1.15, 1))
    _picture(whole, picture, f"{picture.shape[0]}×{picture.shape[1]} pixels, cut into patches")
    lines = np.arange(0, max(picture.shape[:2]) + 1, patch_size) - 0.5
    whole.hlines(lines, -0.5, picture.shape[1] - 0.5, colors="white", linewidth=0.25, alpha=0.7)
    whole.vlines(lines, -0.5, picture.shape[0] - 0.5, colors="white", linewidth=0.25, alpha=0.7)
    top, left = at[0] * patch_size, at[1] * patch_size
    look = {"fill": False, "linewidth": 2.5, "edgecolor": COLORS["query"]}
    whole.add_patch(Rectangle((left - 1.5, top - 1.5), patch_size + 2, patch_size + 2, **look))
    pixels = picture[top : top + patch_size, left : left + patch_size]
    _picture(one, pixels, f"patch {at}: {patch_size}·{patch_size}·3 = {pixels.size} numbers", False)
    for (row, column), red in np.ndenumerate(pixels[..., 0]):
        dark = pixels[row, column].mean() < 0.5
        one.text(
            column,
            row,
            f"{red:.2f}",
            ha="center",
            va="center",
            color="white" if dark else "black",
        )
    one.set_xlabel("the number in each pixel is its red value")
    return figure


@styled
def draw_head_weights(
    picture: NDArray, weights: NDArray, *, query: Cell, titles: list[str]
) -> Figure:
    """One window of the picture, and beside it each head's weights (heads, wh, ww) of one query."""
    figure = new_figure(720, 230)
    axes = figure.subplots(1, 1 + len(weights))
    _picture(axes[0], picture, "the window")
    size = weights.shape[1:]
    step = (picture.shape[0] / size[0], picture.shape[1] / size[1])
    axes[0].plot(
        (query[1] + 0.5) * step[1] - 0.5,
        (query[0] + 0.5) * step[0] - 0.5,
        marker="o",
        markersize=13,
        markerfacecolor="none",
        markeredgecolor=COLORS["query"],
        markeredgewidth=2.5,
    )
    top = float(weights.max())
    for ax, head, title in zip(axes[1:], weights, titles, strict=True):
        shown = ax.imshow(head, cmap=SEQUENTIAL, vmin=0, vmax=top, extent=(0, size[1], size[0], 0))
        ring(ax, query)
        _bare(ax, title)
    figure.colorbar(shown, ax=axes[1:], label="weight, sums to 1", shrink=0.8)
    return figure


@styled
def draw_pyramid(picture: NDArray, maps: list[NDArray], *, titles: list[str]) -> Figure:
    """The picture and its feature maps (h, w, c), each as its three strongest directions."""
    figure = new_figure(720, 195)
    axes = figure.subplots(1, 1 + len(maps))
    _picture(axes[0], picture, "scene")
    for ax, features, title in zip(axes[1:], maps, titles, strict=True):
        ax.imshow(three_colors(features), interpolation="nearest")
        _bare(ax, title)
    return figure


def three_colors(features: NDArray) -> NDArray:
    """(h, w, c) -> (h, w, 3) in [0, 1]: the three directions in which the features vary most."""
    flat = features.reshape(-1, features.shape[-1]).astype(np.float64)
    flat = flat - flat.mean(0)
    _, _, directions = np.linalg.svd(flat, full_matrices=False)
    shown = flat @ directions[:3].T
    # The sign of a direction is free: let the largest value of each be positive.
    shown *= np.sign(shown[np.abs(shown).argmax(0), range(shown.shape[1])])
    low, high = np.percentile(shown, (2, 98), axis=0)
    shown = ((shown - low) / np.maximum(high - low, 1e-12)).clip(0, 1)
    return shown.reshape(*features.shape[:2], -1)


def _picture(ax: Axes, picture: NDArray, title: str, smooth: bool = True) -> None:
    ax.imshow(picture.clip(0, 1), interpolation="antialiased" if smooth else "nearest")
    _bare(ax, title)


def _bare(ax: Axes, title: str) -> None:
    ax.set(xticks=[], yticks=[], title=title)
    ax.spines[:].set_visible(False)

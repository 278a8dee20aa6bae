"""One color per class in maps of classes: gray for the background, then hues, then their shades."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Int, UInt8
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from utils.figures.style import COLORS, new_figure, styled

BACKGROUND = (0.85, 0.85, 0.85)
_HUES = np.array([to_rgb(COLORS[name]) for name in ("frame0", "frame1", "grid", "sample")])
PALETTE = np.concatenate([[BACKGROUND], _HUES, 0.5 + 0.5 * _HUES, 0.5 * _HUES])


def class_colors(classes: Int[NDArray, "h w"]) -> UInt8[np.ndarray, "h w 3"]:
    """A map of classes (0 is the background) as red, green and blue, 0 to 255."""
    return (255 * PALETTE[classes % len(PALETTE)]).round().astype(np.uint8)


@styled
def draw_classes(
    picture: NDArray,
    maps: Mapping[str, Int[NDArray, "h w"]],
    *,
    names: Sequence[str],
    height: int = 200,
) -> Figure:
    """The picture (h, w, 3), named maps of classes beside it, and the classes' names below."""
    figure = new_figure(720, height)
    axes = figure.subplots(1, 1 + len(maps))
    axes[0].imshow(picture.clip(0, 1))
    axes[0].set(title="scene")
    for ax, (title, classes) in zip(axes[1:], maps.items(), strict=True):
        ax.imshow(class_colors(classes), interpolation="nearest")
        ax.set(title=title)
    for ax in axes:
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
    figure.legend(handles=class_keys(names), loc="outside lower center", ncols=len(names))
    return figure


def class_keys(names: Sequence[str]) -> list[Patch]:
    """One swatch for every class, for a legend."""
    return [Patch(color=PALETTE[i % len(PALETTE)], label=name) for i, name in enumerate(names)]

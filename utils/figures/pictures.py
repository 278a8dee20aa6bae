"""Pictures beside each other; the two frames of a pair have their own borders."""

from collections.abc import Mapping

from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from utils.figures.style import COLORS, new_figure, styled

FRAMES = {"frame 0": "frame0", "frame 1": "frame1"}


@styled
def draw_pictures(pictures: Mapping[str, Float[Tensor, "3 h w"]], *, height: int = 270) -> Figure:
    """Named pictures in one row; "frame 0" and "frame 1" get the borders of their colors."""
    figure = new_figure(720, height)
    axes = figure.subplots(1, len(pictures), squeeze=False)[0]
    for ax, (name, picture) in zip(axes, pictures.items(), strict=True):
        ax.imshow(picture.permute(1, 2, 0).clamp(0, 1).cpu().numpy(), interpolation="bilinear")
        ax.set(title=name, xticks=[], yticks=[])
        framed = name in FRAMES
        ax.spines[:].set_visible(framed)
        if framed:
            ax.spines[:].set(color=COLORS[FRAMES[name]], linewidth=3)
    return figure

"""The upsampling view as one figure."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from utils.explorers.picture import Picture
from utils.explorers.upsampling.compute import PICTURES, Result, Settings
from utils.figures.flow import add_wheel, arrows_from, bare
from utils.figures.maps import cell_axes, hatch, outline, tint
from utils.figures.style import COLORS, new_figure, styled


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """The picture with the nine cells, and the cells with their flows and weights."""
    figure = new_figure(720, 330)
    whole, nine, legend = figure.subplots(1, 3, width_ratios=(1, 1, 0.55))
    h, w = result.picture.shape[:2]
    whole.imshow(result.picture, extent=(0, w, h, 0), interpolation="nearest")
    bare(whole, PICTURES[settings.shown].lower())
    top, left = result.corner
    side = 3 * result.factor
    for width, color in ((4.0, "white"), (2.0, COLORS["line"])):
        box = Rectangle((left, top), side, side, fill=False, edgecolor=color, linewidth=width)
        whole.add_patch(box)
    whole.plot(result.pixel[1] + 0.5, result.pixel[0] + 0.5, "o", **_dot())
    whole.set(xlim=(0, w), ylim=(h, 0))
    cell_axes(nine, (3, 3))
    nine.set(xticks=[], yticks=[], title="weight and flow of the nine cells")
    if not result.inside.all():
        nine.set_xlabel("hatched: beyond the rim")
    longest = max(float(np.abs(result.around).max()), 1e-6)
    for number, cell in enumerate(np.ndindex(3, 3)):
        if not result.inside[cell]:
            hatch(nine, cell)
        else:
            tint(nine, cell, "#{:02x}{:02x}{:02x}".format(*result.tints[number]))
        row, column = cell
        look = {"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "none"}
        text = f"{result.weights[cell]:.0%}"
        nine.text(column + 0.5, row + 0.84, text, ha="center", va="center", bbox=look)
        dx, dy = 0.42 * result.around[cell] / longest
        arrows_from(nine, [column + 0.5 - dx / 2], [row + 0.42 - dy / 2], [dx], [dy])
    own = np.zeros((3, 3), dtype=bool)
    own[1, 1] = True
    outline(nine, own, color=COLORS["query"])
    add_wheel(legend, result.most)
    return figure


def _dot() -> dict:
    return {
        "markersize": 9,
        "markerfacecolor": "none",
        "markeredgecolor": COLORS["query"],
        "markeredgewidth": 2.5,
    }

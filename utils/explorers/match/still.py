"""The matching view as one figure."""

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from utils.explorers.match.compute import Result, Settings
from utils.explorers.picture import Picture, as_bytes
from utils.figures.flow import bare
from utils.figures.maps import ring
from utils.figures.style import SEQUENTIAL, new_figure, styled

RIM = [patheffects.withStroke(linewidth=3.5, foreground="white")]


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """Frame 0 with the query and its flow, frame 1 under the probability."""
    figure = new_figure(720, 372)
    left, right = figure.subplots(1, 2)
    h, w = result.probability.shape
    for ax, pixels, name in ((left, as_bytes(picture), "0"), (right, result.frame1, "1")):
        ax.imshow(pixels, extent=(0, w, h, 0), interpolation="nearest")
        bare(ax, f"frame {name}", frame=f"frame{name}")
    part = result.probability / result.probability.max()
    image = right.imshow(
        result.probability, extent=(0, w, h, 0), cmap=SEQUENTIAL, vmin=0, alpha=0.6 + 0.35 * part
    )
    row, column = result.token
    start = (column + 0.5, row + 0.5)
    end = (result.expected[0] + 0.5, result.expected[1] + 0.5)
    if np.hypot(end[0] - start[0], end[1] - start[1]) > 0.2:
        _arrow(left, start, end)
    ring(left, result.token)
    ring(right, result.token)
    marks = {"color": "black", "markersize": 11, "path_effects": RIM}
    right.plot(*end, "+", markeredgewidth=2.4, label="expected", **marks)
    if result.known:
        true = (
            start[0] + result.truth[0] / result.stride,
            start[1] + result.truth[1] / result.stride,
        )
        right.plot(*true, "D", markerfacecolor="none", label="truth", **marks)
    for ax in (left, right):
        ax.set(xlim=(0, w), ylim=(h, 0))
    right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=2)
    figure.colorbar(image, ax=[left, right], label="probability", shrink=0.85)
    return figure


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    for width, color in ((4.5, "white"), (2.0, "black")):
        look = {"arrowstyle": "-|>", "linewidth": width, "color": color, "mutation_scale": 14}
        ax.annotate("", xy=end, xytext=start, arrowprops=look, zorder=8)

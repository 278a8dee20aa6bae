"""The eight views as one figure."""

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from utils.explorers.attend.compute import KINDS, NAMES, SIDE, Result, Settings
from utils.explorers.picture import Picture, as_bytes
from utils.figures.maps import outline
from utils.figures.style import COLORS, SEQUENTIAL, new_figure, styled

OUTLINED = {"window": "line", "shifted": "line", "grid": "grid"}


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """The same query on the same scene: bright is asked much, veiled is not asked."""
    figure = new_figure(720, 456)
    frame0 = as_bytes(picture)
    for index, (ax, kind) in enumerate(zip(figure.subplots(2, 4).flat, KINDS, strict=True)):
        base = result.frame1 if kind == "matching" else frame0
        top, count = float(result.tops[index]), int(result.counts[index])
        seen = mpl.colormaps[SEQUENTIAL](result.weights[index] / top)
        seen[..., 3] = 0.85
        veil = np.array([1.0, 1.0, 1.0, 0.62])
        shown = np.where(result.asked[index][..., None] > 0, seen, veil)
        ax.imshow(base, extent=(0, SIDE, SIDE, 0), interpolation="bilinear")
        ax.imshow(shown, extent=(0, SIDE, SIDE, 0), interpolation="nearest")
        if kind in OUTLINED:
            outline(ax, result.asked[index], color=COLORS[OUTLINED[kind]], width=0.9)
        if kind == "deformable":
            look = {"color": COLORS["sample"], "edgecolors": "white", "linewidths": 0.6}
            inside = ((result.points >= 0) & (result.points <= SIDE)).all(-1)
            ax.scatter(*result.points[inside].T, s=16, zorder=6, **look)
        _query(ax, settings.query)
        if kind == "matching":
            _arrow(ax, settings.query, result.expected)
            for spine in ax.spines.values():
                spine.set(visible=True, color=COLORS["frame1"], linewidth=2.5)
        else:
            ax.spines[:].set_visible(False)
        name, whose = NAMES[kind]
        ax.set(xlim=(0, SIDE), ylim=(SIDE, 0), xticks=[], yticks=[])
        ax.set_title(f"{name}\n", fontsize=9.5, fontweight="bold")
        ax.text(0, -0.7, whose, fontsize=8.5, color="#595959", va="bottom")
        ax.set_xlabel(f"{count} cells, weight 0 to {top:.2g}", fontsize=8.5)
    return figure


def _query(ax: Axes, query: tuple[int, int]) -> None:
    y, x = query[0] + 0.5, query[1] + 0.5
    for width, color in ((4.2, "black"), (2.2, COLORS["query"])):
        ax.plot(x, y, "o", ms=8, mfc="none", mec=color, mew=width / 1.4, zorder=9)


def _arrow(ax: Axes, query: tuple[int, int], expected: tuple[float, float]) -> None:
    start = (query[1] + 0.5, query[0] + 0.5)
    end = (expected[0] + 0.5, expected[1] + 0.5)
    if np.hypot(end[0] - start[0], end[1] - start[1]) < 0.3:
        return
    for width, color in ((4.0, "white"), (1.6, "black")):
        look = {"arrowstyle": "->", "color": color, "linewidth": width, "shrinkA": 0, "shrinkB": 0}
        ax.annotate("", xy=end, xytext=start, arrowprops=look, zorder=10)

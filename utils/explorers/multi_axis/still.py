"""The multi-axis view as one figure."""

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from utils.explorers.multi_axis.compute import PAIRS, Group, Result, Settings, groups
from utils.explorers.picture import Picture, as_bytes
from utils.figures.maps import borders, cell_axes, outline, ring
from utils.figures.style import COLORS, new_figure, styled

NAMES: dict[Group, str] = {
    "window": "its block",
    "grid": "its grid group",
    "rows": "its row",
    "columns": "its column",
}


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """The picture under both groups of the query; what it cannot hear in two layers is veiled."""
    figure = new_figure(640, 470)
    ax = figure.add_subplot()
    side = settings.side
    cell_axes(ax, (side, side), every=max(1, side // 7))
    ax.imshow(as_bytes(picture), extent=(0, side, side, 0), interpolation="bilinear")
    veil = np.ones((side, side, 4))
    veil[..., 3] = np.where(result.reach, 0.0, 0.68)
    ax.imshow(veil, extent=(0, side, side, 0), interpolation="nearest")
    kinds = PAIRS[settings.layers]
    if "window" in kinds:
        borders(ax, groups("window", side, settings.window_size).numpy(), width=0.6)
    named: dict[str, Artist] = {}
    for kind, flags in zip(kinds, (result.first, result.second), strict=True):
        color = COLORS["grid" if kind in ("grid", "columns") else "line"]
        outline(ax, flags, color=color, width=2.2 if side < 50 else 1.3)
        named[NAMES[kind]] = Patch(fill=False, edgecolor=color, linewidth=2)
    _way(ax, result)
    ring(ax, (int(result.token[0]), int(result.token[1])))
    ax.set(xlim=(0, side), ylim=(side, 0))
    named |= _marks()
    figure.legend(list(named.values()), list(named), loc="outside right upper")
    return figure


def _marks() -> dict[str, Artist]:
    looks = {
        "the query": ("o", "query"),
        "a cell far away": ("s", "line"),
        "hands its word on": ("o", "grid"),
    }
    return {
        name: Line2D([], [], marker=mark, color=COLORS[color], linestyle="", markersize=7)
        for name, (mark, color) in looks.items()
    }


def _way(ax: Axes, result: Result) -> None:
    """From the source (a square) over the cells that hand on, to the query."""
    start, end = result.start + 0.5, result.token + 0.5
    relays = result.ways + 0.5
    if len(relays) < result.relays.sum():
        others = np.argwhere(result.relays) + 0.5
        ax.plot(others[:, 1], others[:, 0], "o", color=COLORS["grid"], markersize=2.5, zorder=6)
    for relay in relays:
        for (y0, x0), (y1, x1), color in (
            (start, relay, COLORS["line"]),
            (relay, end, COLORS["grid"]),
        ):
            for width, edge in ((4.5, "white"), (2.2, color)):
                ax.plot([x0, x1], [y0, y1], color=edge, linewidth=width, zorder=7)
    ax.plot(relays[:, 1], relays[:, 0], "o", color="white", markersize=7, zorder=8)
    ax.plot(relays[:, 1], relays[:, 0], "o", color=COLORS["grid"], markersize=4.5, zorder=8)
    square = ax.plot(start[1], start[0], "s", color=COLORS["line"], zorder=8, markersize=10)[0]
    square.set(markeredgecolor="white", markeredgewidth=1.5)

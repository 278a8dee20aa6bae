"""The map of the course: what goes into each model, who may look at whom, what comes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from utils.figures.style import COLORS, new_figure, styled

Picture = Float[np.ndarray, "h w rgb"] | UInt8[np.ndarray, "h w rgb"]
SIDE = 8  # cells of the little maps
QUERY = (2, 4)  # row and column
COLUMNS = ("what goes in", "who may look at whom", "what comes out")


@dataclass(frozen=True)
class Row:
    """One model: pictures in, the cells that its query sees, a picture or a word out."""

    name: str
    task: str
    given: tuple[Picture, ...]
    seen: str  # a key of SEEN
    answer: Picture | str
    keys: Sequence[Patch] = ()  # what the colors of the answer mean


def _windows() -> Bool[np.ndarray, "h w"]:
    y, x = np.mgrid[:SIDE, :SIDE]
    return ((y + 2) // 4 == (QUERY[0] + 2) // 4) & ((x + 2) // 4 == (QUERY[1] + 2) // 4)


def _block_and_grid() -> Bool[np.ndarray, "h w"]:
    y, x = np.mgrid[:SIDE, :SIDE]
    block = (y // 4 == QUERY[0] // 4) & (x // 4 == QUERY[1] // 4)
    return block | ((y % 2 == QUERY[0] % 2) & (x % 2 == QUERY[1] % 2))


def _points() -> Bool[np.ndarray, "h w"]:
    cells = np.zeros((SIDE, SIDE), dtype=bool)
    for row, column in ((0, 6), (1, 2), (2, 5), (4, 3), (5, 6), (6, 1)):
        cells[row, column] = True
    return cells


SEEN: Mapping[str, tuple[str, Bool[np.ndarray, "h w"]]] = {
    "windows": ("the shifted window around it", _windows()),
    "grid": ("its block, and one cell of every stride", _block_and_grid()),
    "channels": ("channels look at channels, over all cells", np.ones((SIDE, SIDE), dtype=bool)),
    "matching": ("every cell of the other frame", np.ones((SIDE, SIDE), dtype=bool)),
    "points": ("a few places that it chooses", _points()),
}


@styled
def draw_course_map(rows: list[Row]) -> Figure:
    """One row per model: its name, what goes in, who may look at whom, what comes out."""
    figure = new_figure(720, 132 * len(rows) + 24)
    grid = figure.add_gridspec(len(rows), 4, width_ratios=(1.15, 1.7, 1.5, 1.15))
    for at, row in enumerate(rows):
        _name(figure.add_subplot(grid[at, 0]), row)
        _pictures(figure.add_subplot(grid[at, 1]), row.given)
        _cells(figure.add_subplot(grid[at, 2]), row.seen)
        ax = figure.add_subplot(grid[at, 3])
        _answer(ax, row.answer)
        if row.keys:
            _legend(ax, row.keys)
    for ax, title in zip(figure.axes[1:4], COLUMNS, strict=True):
        ax.set_title(title, fontweight="bold")
    return figure


def _empty(ax: Axes) -> None:
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


def _name(ax: Axes, row: Row) -> None:
    _empty(ax)
    ax.text(0, 0.58, row.name, transform=ax.transAxes, fontsize=13, fontweight="bold")
    ax.text(0, 0.38, row.task, transform=ax.transAxes, color=COLORS["line"])


def _pictures(ax: Axes, pictures: tuple[Picture, ...]) -> None:
    _empty(ax)
    height, width = pictures[0].shape[:2]
    for at, picture in enumerate(pictures):
        left = at * width * 1.06
        ax.imshow(picture, extent=(left, left + width, height, 0), interpolation="bilinear")
        if len(pictures) > 1:
            color = COLORS[f"frame{at}"]
            ax.add_patch(Rectangle((left, 0), width, height, fill=False, ec=color, lw=2.5))
    ax.set(xlim=(-2, 2 * width * 1.06), ylim=(height + 2, -2), aspect="equal", anchor="W")


def _cells(ax: Axes, seen: str) -> None:
    _empty(ax)
    words, cells = SEEN[seen]
    if seen == "channels":
        for strip in range(6):
            ax.add_patch(
                Rectangle((0, strip * 1.35), 8, 1, fc=COLORS["window"], ec="black", lw=0.8)
            )
        ax.add_patch(Rectangle((0, 2.7), 8, 1, fc=COLORS["query"], ec="black", lw=1.2))
    else:
        for row, column in np.ndindex(SIDE, SIDE):
            face = COLORS["window"] if cells[row, column] else "white"
            if seen == "points" and cells[row, column]:
                face = COLORS["sample"]
            ax.add_patch(Rectangle((column, row), 1, 1, fc=face, ec=COLORS["masked"], lw=0.5))
        if seen == "matching":
            ax.add_patch(Rectangle((0, 0), 8, 8, fill=False, ec=COLORS["frame1"], lw=2.5))
        y, x = QUERY[0] + 0.5, QUERY[1] + 0.5
        ax.plot(x, y, "o", ms=9, mfc="none", mec=COLORS["query"], mew=2.2)
        ax.plot(x, y, "o", ms=2.5, color=COLORS["query"])
    ax.set(xlim=(-0.2, 8.2), ylim=(8.2, -0.2), aspect="equal", anchor="W")
    ax.set_xlabel(words, loc="left", fontsize=8.5)


def _legend(ax: Axes, keys: Sequence[Patch]) -> None:
    """Below the picture, in the room that the captions of the middle column take in their row."""
    legend = ax.legend(
        handles=keys,
        loc="upper left",
        bbox_to_anchor=(-0.06, 0.02),
        ncols=len(keys),
        fontsize=8.5,
        handlelength=1,
        handleheight=1,
        handletextpad=0.4,
        columnspacing=0.8,
    )
    legend.set_in_layout(False)


def _answer(ax: Axes, answer: Picture | str) -> None:
    _empty(ax)
    if isinstance(answer, str):
        ax.text(0, 0.5, answer, transform=ax.transAxes, fontsize=11, va="center")
    else:
        ax.imshow(answer)
        ax.set_anchor("W")

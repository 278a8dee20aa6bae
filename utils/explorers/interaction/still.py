"""The way of a picture through ViT-Adapter as one figure."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from utils.explorers.interaction.compute import (
    APART,
    BLOCKS,
    BLOCKS_WIDE,
    EXTRACT,
    FIRST,
    INJECT,
    SIDE_LANE,
    SIZE,
    STEPS,
    VIT_LANE,
    Result,
    Settings,
)
from utils.explorers.picture import Picture, as_bytes
from utils.figures.style import COLORS, new_figure, styled

QUIET = "#9A9A9A"
Point = tuple[float | int, float | int]


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """Two lanes, the arrows between them, and the present step marked."""
    h, w = SIZE
    figure = new_figure(w, h)
    figure.set_layout_engine("none")
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, w), ylim=(h, 0))
    ax.axis("off")
    start, end = settings.step == 0, settings.step == STEPS - 1
    ax.imshow(as_bytes(picture), extent=(4, 68, 173, 109), zorder=3)
    ax.text(36, 186, "picture", ha="center", fontsize=9)
    for lane in (VIT_LANE, SIDE_LANE):
        _arrow(ax, (70, 141), (88, lane), start)
        ax.plot((112, 606), (lane, lane), color=QUIET, linewidth=1.5, zorder=1)
    _box(ax, (88, VIT_LANE), 26, "patches", start)
    _box(ax, (88, SIDE_LANE), 26, "prior", start)
    blocks = {"nano": 1, "l": 6}.get(settings.variant, 3)
    for number in range(4):
        x = FIRST + number * APART
        here = result.interaction == number
        part = result.part if here else -1
        _arrow(ax, (x + INJECT, SIDE_LANE), (x + INJECT, VIT_LANE + 3), part == 0)
        _box(ax, (x + BLOCKS, VIT_LANE), BLOCKS_WIDE, f"{blocks} blocks", part == 1)
        _arrow(ax, (x + EXTRACT, VIT_LANE), (x + EXTRACT, SIDE_LANE - 3), part == 2)
        if part in (0, 2):
            asker = (x + INJECT, VIT_LANE) if part == 0 else (x + EXTRACT, SIDE_LANE)
            for width, color in ((5.0, "black"), (3.0, COLORS["query"])):
                ax.plot(*asker, "o", markersize=13, mfc="none", mec=color, mew=width, zorder=5)
        ax.text(x + INJECT + 4, 150, f"inject {number}", fontsize=8, rotation=90, va="center")
        ax.text(x + EXTRACT + 4, 150, f"extract {number}", fontsize=8, rotation=90, va="center")
    top = 34
    for side, stride in zip((64, 44, 30, 18), (4, 8, 16, 32), strict=True):
        color = COLORS["query"] if end else QUIET
        corner = FancyBboxPatch((612, top), side, side, boxstyle="square,pad=0")
        corner.set(facecolor="#F4F4F4", edgecolor=color, linewidth=2.4 if end else 1.2)
        ax.add_patch(corner)
        ax.text(612 + side + 5, top + side / 2, f"1/{stride}", fontsize=9, va="center")
        top += side + 8
    tokens = f"plain ViT: {result.tokens:,} tokens at 1/16"
    cells = f"side path: {result.cells:,} cells at 1/8, 1/16, 1/32"
    ax.text(88, 40, tokens, fontsize=10)
    ax.text(88, 244, cells, fontsize=10)
    return figure


def _box(ax: Axes, at: Point, wide: int, words: str, lit: bool) -> None:
    tall, turn = (52, 90) if wide < 40 else (38, 0)
    corner = (at[0], at[1] - tall / 2)
    box = FancyBboxPatch(corner, wide, tall, boxstyle="round,pad=0,rounding_size=4")
    edge = COLORS["query"] if lit else QUIET
    box.set(facecolor="#FFFFFF", edgecolor=edge, linewidth=2.8 if lit else 1.2, zorder=2)
    ax.add_patch(box)
    middle = at[0] + wide / 2
    ax.text(middle, at[1], words, zorder=3, ha="center", va="center", fontsize=8, rotation=turn)


def _arrow(ax: Axes, start: Point, end: Point, lit: bool) -> None:
    color, width = (COLORS["sample"], 3.0) if lit else (QUIET, 1.1)
    look = {"arrowstyle": "-|>", "color": color, "linewidth": width, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=look, zorder=4 if lit else 1)

"""A network drawn from one pass: what its modules give, and what flows between them."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch, Rectangle
from matplotlib.path import Path
from torch import Tensor, nn

from utils.figures.network_layout import WIDTH, Layout, lay_out
from utils.figures.network_plans import is_open
from utils.figures.style import COLORS, new_figure, styled
from utils.tracing.dataflow import dataflow

GROUND = {True: "#CDE8F8", False: "#F2F2F2"}  # with attention, without
SOFT = "#595959"
Length = float | int  # pixels


@styled
def draw_network(model: nn.Module, *inputs: Tensor) -> Figure:
    """One of the five models with the sizes of this input; on the meta device nothing is computed.

    A lane is a size of map; on each box stand what it is and its channels. Blue boxes hold
    attention. More equal blocks in a row than fit are one box with their number.
    """
    layout = lay_out(dataflow(model, *inputs, is_open=is_open), model)
    figure = new_figure(WIDTH, layout.height)
    figure.set_layout_engine("none")
    paint_layout(figure.add_axes((0, 0, 1, 1)), layout)
    return figure


def paint_layout(ax: Axes, layout: Layout, *, chosen: int | None = None) -> None:
    """The drawing on axes of its own; a chosen box is ringed, and what it reads is orange."""
    ax.set(xlim=(0, WIDTH), ylim=(layout.height, 0))
    ax.set_axis_off()
    for lane in layout.lanes:
        ax.text(4, lane["y"] - 6, lane["name"], fontsize=8, fontweight="bold", va="center")
        ax.text(4, lane["y"] + 6, lane["size"], fontsize=8, color=SOFT, va="center")
        ax.axhline(lane["y"] + 19, color="#E2E2E2", linewidth=0.6, zorder=0)
    for frame in layout.frames:
        ax.add_patch(Rectangle(*_corner(frame), fc="none", ec="#BDBDBD", lw=0.7, zorder=1))
        ax.text(frame["x"] + 1, frame["y"] - 2, frame["title"], fontsize=7.5, color=SOFT)
    for arrow in layout.arrows:
        _arrow(ax, arrow, arrow["target"] == chosen)
    for at, box in enumerate(layout.boxes):
        _box(ax, box, at == chosen)
    for picture in layout.pictures:
        ax.add_patch(Rectangle(*_corner(picture), fc="#DEDEDE", ec=SOFT, lw=0.7))


def _corner(place: dict[str, Any]) -> tuple[tuple[Length, Length], Length, Length]:
    return (place["x"], place["y"]), place["w"], place["h"]


def _arrow(ax: Axes, arrow: dict[str, Any], chosen: bool) -> None:
    points = [tuple(arrow["path"][at : at + 2]) for at in (0, 2, 4, 6)]
    path = Path(points, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
    look = {"lw": 2.2, "ec": COLORS["query"]} if chosen else {"lw": 0.9, "ec": "#8A8A8A"}
    style = "dashed" if arrow["far"] else "solid"
    ax.add_patch(PathPatch(path, fc="none", linestyle=style, zorder=2 + chosen, **look))


def _box(ax: Axes, box: dict[str, Any], chosen: bool) -> None:
    if box["both"]:  # two frames in one batch
        for shift, color in ((2, "frame1"), (0, "frame0")):
            (x, y), w, h = _corner(box)
            ax.add_patch(Rectangle((x + shift, y + shift), w, h, fc="white", ec=COLORS[color]))
    style = "round,pad=0,rounding_size=3"
    look: dict[str, Any] = {"fc": GROUND[box["attends"]], "ec": "#333333", "lw": 0.7}
    if chosen:
        look |= {"ec": COLORS["query"], "lw": 2.6}
    ax.add_patch(FancyBboxPatch(*_corner(box), boxstyle=style, zorder=4, **look))
    x, y = box["x"] + box["w"] / 2, box["y"] + box["h"] / 2
    words: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 5}
    for shift, text, weight in ((-5, box["mark"], "bold"), (6, str(box["channels"]), "normal")):
        size = min(7.2, 1.15 * box["w"] / len(text))  # it fits between the sides
        ax.text(x, y + shift, text, fontsize=size, fontweight=weight, **words)

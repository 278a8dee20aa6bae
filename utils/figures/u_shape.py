"""A network shaped like a U, with the shape of the map on every arrow."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from utils.figures.style import COLORS, new_figure, styled

Shape = tuple[int, ...]
BOX = (0.78, 0.5)  # width and height, in columns and levels


@styled
def draw_u(
    shapes: Mapping[str, Shape], *, picture: Shape, depths: Sequence[int], height: int = 390
) -> Figure:
    """Boxes for the levels, arrows for the maps between them.

    `shapes` is what each part of a Restormer gave in one pass, (h, w, c), by its name there:
    embedding, encoder.N, down.N, latent, up.N, join.N, decoder.N, refinement, output.
    """
    figure = new_figure(720, height)
    ax = figure.add_subplot()
    ax.set_axis_off()
    levels = sum(name.startswith("encoder.") for name in shapes)
    last = 2 * levels + 2  # column of the refinement
    _box(ax, (1, 0.9), "3×3\nconv.")
    _arrow(ax, (-0.9, 0.9), (1, 0.9), f"picture\n{_words(picture)}")
    _arrow(ax, (1, 0.9), (1, 0), _words(shapes["embedding"]))
    for i in range(levels):
        down, up = (i + 1, -i), (last - 1 - i, -i)
        number = levels - 1 - i  # the way up is counted from the bottom
        _box(ax, down, f"{depths[i]} blocks", "frame0")
        _box(ax, up, f"{depths[i]} blocks", "frame0")
        _arrow(ax, down, up, f"skip {_words(shapes[f'encoder.{i}'])}", dashed=True)
        _arrow(ax, down, (i + 2, -i - 1), _words(shapes[f"down.{i}"]), "half the side")
        _arrow(ax, (last - 2 - i, -i - 1), up, _words(shapes[f"up.{number}"]), "twice the side")
        ax.text(up[0] + 0.45, up[1] - 0.02, _joined(shapes, number), fontsize=7.5, va="center")
    _box(ax, (levels + 1, -levels), f"{depths[levels]} blocks", "frame0")
    ax.text(
        levels + 1, -levels - 0.32, _words(shapes["latent"]), fontsize=7.5, ha="center", va="top"
    )
    _box(ax, (last, 0.9), "refine-\nment", "frame0")
    _arrow(ax, (last - 1, 0), (last, 0.9), _words(shapes["decoder." + str(levels - 1)]))
    _box(ax, (last - 2, 0.9), "3×3\nconv.")
    _arrow(ax, (last, 0.9), (last - 2, 0.9), _words(shapes["refinement"]))
    _arrow(ax, (last - 2, 0.9), (last - 4, 0.9), f"residual\n{_words(shapes['output'])}")
    ax.text(last - 4.15, 0.9, "+ picture =\nrestored", ha="right", va="center")
    ax.set(xlim=(-0.55, last + 0.75), ylim=(-levels - 0.55, 1.25))
    return figure


def _joined(shapes: Mapping[str, Shape], number: int) -> str:
    """What leaves the place where the skip joins."""
    return f"joined:\n{_words(shapes[f'join.{number}'])}"


def _words(shape: Shape) -> str:
    return "×".join(str(side) for side in shape)


def _box(
    ax: Axes, at: tuple[float | int, float | int], text: str, color: str | None = None
) -> None:
    width, height = BOX
    ax.add_patch(
        FancyBboxPatch(
            (at[0] - width / 2, at[1] - height / 2),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor="#CDE8F8" if color else "#F2F2F2",
            edgecolor=COLORS[color] if color else "#595959",
            zorder=3,
        )
    )
    ax.text(*at, text, ha="center", va="center", fontsize=8, zorder=4)


def _arrow(
    ax: Axes,
    start: tuple[float | int, float | int],
    end: tuple[float | int, float | int],
    text: str,
    how: str = "",
    *,
    dashed: bool = False,
) -> None:
    """From the rim of one box to the rim of another; the words stand at its middle."""
    width, height = BOX[0] / 2, BOX[1] / 2
    (x0, y0), (x1, y1) = start, end
    if y0 == y1:
        away = width if x1 > x0 else -width
        tail, head = (x0 + away, y0), (x1 - away, y1)
    else:
        away = height if y1 > y0 else -height
        tail, head = (x0, y0 + away), (x1, y1 - away)
    style = "dashed" if dashed else "solid"
    color = "#595959" if dashed else "black"
    ax.add_patch(
        FancyArrowPatch(
            tail,
            head,
            arrowstyle="-|>",
            mutation_scale=9,
            linewidth=1.2,
            shrinkA=0,
            shrinkB=0,
            linestyle=style,
            color=color,
        )
    )
    middle = ((tail[0] + head[0]) / 2, (tail[1] + head[1]) / 2)
    flat = y0 == y1
    said = f"{text}\n{how}" if how else text
    left = not flat and y1 < y0
    ax.text(
        middle[0] + (0 if flat else -0.55 if left else 0.55),
        middle[1] + (0.06 if flat else 0),
        said,
        ha="center" if flat else "right" if left else "left",
        va="bottom" if flat else "center",
        fontsize=7.5,
    )

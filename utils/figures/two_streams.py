"""ViT-Adapter as two lanes, with the shape of every map that passes between its parts."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from utils.figures.style import COLORS, new_figure, styled

Shape = Sequence[int]
Place = tuple[float | int, float | int]  # column and lane
LANES = ("1/4", "1/8", "1/16", "1/32")
VIT = 4.4  # the lane below the four maps
WIDTH, HEIGHT = 0.84, 0.5  # of a box, in columns and lanes
RESIZED = ("4×", "2×", "1×", "½×")  # what happens to the ViT's map before it is added


@styled
def draw_two_streams(
    shapes: Mapping[str, Sequence[Shape]], *, picture: Shape, extractors: Sequence[int]
) -> Figure:
    """The convolutions, the side path, the ViT and the four results, from left to right.

    `shapes` is what each part of a ViT-Adapter gave in one pass, a batch of (h, w, c) maps, by its
    name there: spatial_prior.stem, .down.N and .project.N, vit.patch_embedding, interactions.N
    (the ViT's map, then the side path's), up, norms.N. `extractors`: how many in each interaction.
    """
    figure = new_figure(760, 410)
    ax = figure.add_subplot()
    ax.set_axis_off()
    rounds, last = len(extractors), len(extractors) + 2
    _titles(ax, rounds)
    ax.text(0, -0.62, f"picture {_words(picture)}", fontsize=8, ha="center")
    ax.text(0, -0.4, f"stem {_words(shapes['spatial_prior.stem'][0])}", fontsize=8, ha="center")
    for lane in range(len(LANES)):
        before = f"spatial_prior.down.{lane - 1}"
        _box(ax, (0, lane), _pooled(shapes) if lane == 0 else _words(shapes[before][0]))
        _box(ax, (1, lane), _words(shapes[f"spatial_prior.project.{lane}"][0]))
        _box(ax, (last, lane), _words(shapes[f"norms.{lane}"][0]), "frame1")
        _arrow(ax, (0, lane), (1, lane))
        for number in range(rounds) if lane else ():
            _box(ax, (number + 2, lane), _words(shapes[f"interactions.{number}"][lane]))
        for column in range(1, last) if lane else ():
            _arrow(ax, (column, lane), (column + 1, lane))
        if lane:
            _arrow(ax, (0, lane - 1), (0, lane))
    _arrow(ax, (1, 0), (last, 0))
    _arrow(ax, (last - 1, 1), (last, 0), f"doubled: {_words(shapes['up'][0])}")
    _vit(ax, shapes, extractors)
    ax.set(xlim=(-0.75, last + 0.6), ylim=(VIT + 0.95, -1.35))
    return figure


def _vit(ax: Axes, shapes: Mapping[str, Sequence[Shape]], extractors: Sequence[int]) -> None:
    """The ViT's lane, what it reads, what reads it, and where its map goes at the end."""
    _box(ax, (1, VIT), _words(shapes["vit.patch_embedding"][0]), "frame0")
    for number, count in enumerate(extractors):
        column = number + 2
        _arrow(ax, (column - 1, VIT), (column, VIT))
        _box(ax, (column, VIT), _words(shapes[f"interactions.{number}"][0]), "frame0")
        extract = "extract" if count == 1 else f"extract {count}×"
        for word, x, start, end in (("inject", -0.3, 3, VIT), (extract, 0.3, VIT, 3)):
            _arrow(ax, (column + x, start), (column + x, end))
            at, toward = (column + 0.87 * x, 3.7 + 0.5 * x), "left" if x < 0 else "right"
            ax.text(*at, word, fontsize=7, ha=toward, va="center")
        words = f"{RESIZED[number]}, added at {LANES[number]}"
        ax.text(column, VIT + 0.45, words, fontsize=7.5, ha="center")


def _titles(ax: Axes, rounds: int) -> None:
    titles = ["convolutions", "one width"]
    titles += [f"interaction {number}" for number in range(1, rounds + 1)]
    for column, title in enumerate([*titles, "results"]):
        ax.text(column, -0.95, title, ha="center", fontsize=8.5, fontweight="bold")
    for lane, name in zip((0, 1, 2, 3, VIT), (*LANES, "ViT"), strict=True):
        ax.text(-0.5, lane, name, ha="right", va="center", fontsize=8.5)


def _pooled(shapes: Mapping[str, Sequence[Shape]]) -> str:
    """The stem's map after the pooling, which has no module of its own."""
    h, w, _ = shapes["spatial_prior.project.0"][0][1:]
    return _words((0, h, w, shapes["spatial_prior.stem"][0][-1]))


def _words(shape: Shape) -> str:
    """Without the batch."""
    return "×".join(str(side) for side in shape[1:])


def _box(ax: Axes, at: Place, text: str, color: str = "line") -> None:
    corner = (at[0] - WIDTH / 2, at[1] - HEIGHT / 2)
    ground = {"frame0": "#CDE8F8", "frame1": "#F9E1D2"}.get(color, "#F2F2F2")
    look = {"facecolor": ground, "edgecolor": COLORS[color], "linewidth": 0.8, "zorder": 3}
    style = "round,pad=0,rounding_size=0.08"
    ax.add_patch(FancyBboxPatch(corner, WIDTH, HEIGHT, boxstyle=style, **look))
    ax.text(*at, text, ha="center", va="center", fontsize=7.5, zorder=4)


def _arrow(ax: Axes, start: Place, end: Place, text: str = "") -> None:
    """From the edge of one box to the edge of another."""
    along = start[1] == end[1]
    shift = (WIDTH / 2, 0.0) if start[0] != end[0] else (0.0, HEIGHT / 2)
    if not along and end[1] < start[1] and start[0] == end[0]:
        shift = (0.0, -HEIGHT / 2)
    a = (start[0] + shift[0], start[1] + shift[1])
    b = (end[0] - shift[0], end[1] - shift[1])
    ax.add_patch(FancyArrowPatch(a, b, arrowstyle="-|>", mutation_scale=8, color="#595959", lw=0.9))
    if text:
        ax.text(start[0] - 0.05, 0.45, text, fontsize=7.5, ha="right", va="center")

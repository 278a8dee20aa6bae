"""The occlusion view as one figure."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from utils.explorers.occlusion.compute import FALSE, HIT, INK_COLOR, MISSED, Result, Settings
from utils.explorers.picture import Picture, as_bytes
from utils.figures.flow import bare
from utils.figures.style import COLORS, new_figure, styled

WORDS = {HIT: "hidden, found", MISSED: "hidden, missed", FALSE: "seen, but called hidden"}


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """The way there and back in both frames, the error, and what was found of the truth."""
    figure = new_figure(720, 300)
    axes = figure.subplots(1, 4)
    panels = (
        (as_bytes(picture), "frame 0", "frame0"),
        (result.frame1, "frame 1", "frame1"),
        (result.error, "there and back,\nbright: ends 4 px off", None),
        (result.verdict, "called hidden", None),
    )
    h, w = result.frame1.shape[:2]
    for ax, (pixels, title, frame) in zip(axes, panels, strict=True):
        ax.imshow(pixels, extent=(-0.5, w - 0.5, h - 0.5, -0.5), interpolation="nearest")
        bare(ax, title, frame=frame)
    arrow(axes[0], result.start, result.there)
    arrow(axes[1], result.there, result.home)
    for ax in axes:
        ax.plot(*result.start, "o", **_ring())
        ax.set(xlim=(-0.5, w - 0.5), ylim=(h - 0.5, -0.5))
    shown = WORDS if result.known else {HIT: "called hidden; the truth is not known"}
    patches = [Patch(color=INK_COLOR[value], label=word) for value, word in shown.items()]
    figure.legend(handles=patches, loc="lower right", ncols=3)
    return figure


def arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Black with a white rim, between two points of the axes."""
    for width, color in ((4.0, "white"), (1.8, "black")):
        look = {"arrowstyle": "-|>", "linewidth": width, "color": color, "mutation_scale": 11}
        look |= {"shrinkA": 0, "shrinkB": 0}
        ax.annotate("", xy=end, xytext=start, arrowprops=look, zorder=8, annotation_clip=False)


def _ring() -> dict:
    return {
        "markersize": 9,
        "markerfacecolor": "none",
        "markeredgecolor": COLORS["query"],
        "markeredgewidth": 2.5,
        "zorder": 9,
    }

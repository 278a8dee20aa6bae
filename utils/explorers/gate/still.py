"""The gate view as one figure."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from utils.explorers.gate.compute import MOSAIC, THUMB, Result, Settings
from utils.explorers.picture import Picture
from utils.explorers.restormers import Colors
from utils.figures.style import COLORS, new_figure, styled


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """All channels behind their gates; one of them as gate, content and product."""
    figure = new_figure(720, 392)
    grid = figure.add_gridspec(3, 2, width_ratios=(2.7, 1))
    every = figure.add_subplot(grid[:, 0])
    every.imshow(result.mosaic, interpolation="nearest")
    every.set(
        xticks=[],
        yticks=[],
        title=f"{result.place}: what comes through, {result.shown} of {result.hidden} channels",
    )
    row, column = divmod(result.number, MOSAIC[1])
    at = (column * THUMB - 0.5, row * THUMB - 0.5)
    for width, color in ((5.0, "black"), (3.0, COLORS["query"])):
        every.add_patch(Rectangle(at, THUMB, THUMB, fill=False, linewidth=width, edgecolor=color))
    every.spines[:].set_visible(False)
    shown = (
        (result.gate, f"gate {result.channel}: 0 … {result.most_gate:.2f}"),
        (result.content, f"content: ±{result.most_content:.2f}"),
        (result.through, f"gate × content: ±{result.most_through:.2f}"),
    )
    for number, (colors, title) in enumerate(shown):
        _picture(figure.add_subplot(grid[number, 1]), colors, title)
    return figure


def _picture(ax: Axes, colors: Colors, title: str) -> None:
    ax.imshow(colors, interpolation="nearest")
    ax.set_axis_off()
    ax.set_title(title, fontsize=8.5, pad=3)

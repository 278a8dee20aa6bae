"""The view of sampling points as one figure."""

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from utils.explorers.adapters import SIDE_STRIDES
from utils.explorers.deformable.compute import Result, Settings
from utils.explorers.picture import Picture, as_bytes
from utils.figures.maps import cell_axes
from utils.figures.style import COLORS, new_figure, styled

MARKS = {8: "o", 16: "^", 32: "s"}


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """The picture with the query and its points, and how the weight falls on the maps."""
    figure = new_figure(720, 372)
    seen, bars = figure.subplots(1, 2, width_ratios=(1.6, 1))
    size = result.size
    cell_axes(seen, (size, size), every=max(1, size // 4))
    seen.imshow(as_bytes(picture), extent=(0, size, size, 0), interpolation="bilinear")
    row, column = result.token
    for width, color in ((4.0, "white"), (2.0, COLORS["query"])):
        cell = Rectangle((column, row), 1, 1, fill=False, edgecolor=color, linewidth=width)
        seen.add_patch(cell)
    x, y = column + 0.5, row + 0.5
    for (across, down), weight, stride in zip(
        result.points, result.weights, result.stride, strict=True
    ):
        to = (across * size, down * size)
        for width, color in ((2.4, "#FFFFFF70"), (1.1, COLORS["sample"])):
            seen.plot((x, to[0]), (y, to[1]), color=color, linewidth=width)
        look = {"marker": MARKS[int(stride)], "color": COLORS["sample"], "edgecolors": "white"}
        seen.scatter(*to, s=16 + 800 * weight, linewidths=1.0, zorder=8, **look)
    seen.plot(x, y, "o", color=COLORS["query"], markersize=6, markeredgecolor="black", zorder=9)
    names = [f"1/{stride}" for stride in SIDE_STRIDES]
    bars.bar(names, 100 * result.shares, color=COLORS["sample"])
    for place, stride in enumerate(SIDE_STRIDES):
        share = 100 * result.shares[place]
        look = {"marker": MARKS[stride], "color": COLORS["sample"], "edgecolors": "white"}
        bars.scatter(place, share + 8, s=90, **look)
    bars.set(
        ylim=(0, 115), yticks=(0, 50, 100), ylabel="% of the weight", xlabel="map that is read"
    )
    return figure

"""The DINOv2 view as one figure."""

from math import ceil, sqrt

from matplotlib.figure import Figure

from utils.explorers.dinov2.compute import LATTICE, Result, Settings
from utils.explorers.picture import Picture, as_bytes
from utils.figures.maps import ring
from utils.figures.style import SEQUENTIAL, new_figure, styled


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """The picture under one head's weights, the patches in their colors, and all heads."""
    figure = new_figure(720, 290)
    rows, columns = LATTICE
    heads = len(result.mosaic)
    across = ceil(sqrt(heads))
    grid = figure.add_gridspec(1, 3)
    seen, own = (figure.add_subplot(grid[i]) for i in range(2))
    seen.imshow(as_bytes(picture), extent=(0, columns, rows, 0), interpolation="bilinear")
    shown = seen.imshow(
        result.weights, extent=(0, columns, rows, 0), cmap=SEQUENTIAL, vmin=0, alpha=0.75
    )
    seen.set(title=f"block {result.block}, head {result.head}")
    figure.colorbar(shown, ax=seen, label="weight", location="bottom", shrink=0.9)
    own.imshow(result.colors, extent=(0, columns, rows, 0), interpolation="nearest")
    own.set(title="patches, three directions", xlabel="equal colors: alike")
    for ax in (seen, own):
        ax.set(xticks=range(0, columns + 1, 4), yticks=range(0, rows + 1, 4))
        if settings.asks == "patch":
            ring(ax, settings.query)
    small = grid[2].subgridspec(-(-heads // across), across)
    for number, weights in enumerate(result.mosaic):
        ax = figure.add_subplot(small[number // across, number % across])
        ax.imshow(weights, interpolation="nearest")
        ax.set_axis_off()
        weight = "bold" if number == result.head else "normal"
        ax.set_title(f"head {number}" if across < 4 else str(number), weight=weight, fontsize=8.5)
    return figure

"""The MDTA view as one figure."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from utils.explorers.mdta.compute import Result, Settings
from utils.explorers.picture import Picture
from utils.explorers.restormers import Colors
from utils.figures.maps import cell_axes, outline, ring
from utils.figures.style import COLORS, SEQUENTIAL, new_figure, styled


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """The matrix; the two channels of the chosen cell; what the row makes of all channels."""
    figure = new_figure(720, 400)
    engine = figure.get_layout_engine()
    assert engine is not None, "every new figure is laid out by itself"
    engine.set(w_pad=0.02, h_pad=0.02, wspace=0.0, hspace=0.0)  # type: ignore[call-arg]
    grid = figure.add_gridspec(4, 12, width_ratios=[1] * 6 + [1.15] * 6, height_ratios=(2, 1, 1, 2))
    matrix = figure.add_subplot(grid[:, :6])
    d = len(result.weights)
    cell_axes(matrix, (d, d), every=max(1, d // 12))
    image = matrix.imshow(
        result.weights, extent=(0, d, d, 0), cmap=SEQUENTIAL, vmin=0, interpolation="nearest"
    )
    chosen = result.weights * 0
    chosen[result.row] = 1
    outline(matrix, chosen > 0, color=COLORS["query"])
    ring(matrix, (result.row, result.column))
    matrix.set(xlabel="key channel", ylabel="query channel")
    matrix.set_title(f"{result.place}, head {result.head}", pad=22)
    figure.colorbar(image, ax=matrix, label="weight", shrink=0.8, location="bottom")
    before = f"value {result.row}: ±{result.most_before:.2f}"
    after = f"new channel {result.row}: ±{result.most_after:.2f}"
    cosine = f"key {result.column}: cosine {result.cosine:+.2f}"
    _picture(figure.add_subplot(grid[0, 6:8]), result.query, f"query {result.row}")
    _picture(figure.add_subplot(grid[0, 9:11]), result.key, cosine)
    several = zip(result.mixed, result.mixed_channels, result.mixed_weights, strict=True)
    for number, (shown, channel, weight) in enumerate(several):
        row, column = divmod(number, 6)
        ax = figure.add_subplot(grid[1 + row, 6 + column])
        _picture(ax, shown, f"{channel}: {weight:.2f}")
    _picture(figure.add_subplot(grid[3, 6:8]), result.before, before)
    _picture(figure.add_subplot(grid[3, 9:11]), result.after, after)
    return figure


def _picture(ax: Axes, shown: Colors, title: str) -> None:
    ax.imshow(shown, interpolation="nearest")
    ax.set_axis_off()
    ax.set_title(title, fontsize=8.5, pad=3)

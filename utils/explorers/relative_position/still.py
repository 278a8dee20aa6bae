"""The relative-position view as one figure."""

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from utils.explorers.picture import Picture, as_bytes
from utils.explorers.relative_position.compute import PEAK, Result, Settings
from utils.figures.maps import borders, cell_axes, outline, ring
from utils.figures.style import COLORS, SEQUENTIAL, new_figure, styled


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """Left the pair in its window, then its entry of the table, right all pairs that share it."""
    m = settings.window_size
    figure = new_figure(720, 318)
    window, table, matrix = figure.subplots(1, 3, width_ratios=[1, 1.05, 1.45])
    _draw_window(window, m, result, picture)
    window.set_title("Query minus key …")
    entries = np.arange((2 * m - 1) ** 2).reshape(2 * m - 1, -1)
    as_index = settings.show == "index"
    _draw_values(
        table, entries if as_index else result.table, as_index=as_index, largest=entries.size - 1
    )
    outline(table, entries == result.entry, color=COLORS["query"])
    offsets = [str(i).replace("-", "−") for i in range(1 - m, m)]
    table.set_xticks(table.get_xticks(), offsets)
    table.set_yticks(table.get_yticks(), offsets)
    table.set_title(f"… is one of {entries.size} offsets …")
    values = result.index if as_index else result.bias
    _draw_values(matrix, values, as_index=as_index, largest=entries.size - 1)
    outline(matrix, result.index == result.entry, color=COLORS["query"], width=1.8)
    ring(matrix, (result.query, result.key))
    matrix.set_title(f"… shared by {result.sharing} of {m**4:,} pairs")
    image = matrix.images[0]
    bar = figure.colorbar(
        image, ax=[window, table, matrix], location="bottom", shrink=0.3, aspect=30
    )
    bar.set_label("entry of the table" if as_index else "bias in the example table")
    bar.outline.set_visible(False)
    return figure


def _draw_window(ax: Axes, m: int, result: Result, picture: Picture) -> None:
    cell_axes(ax, (m, m))
    ax.imshow(as_bytes(picture), extent=(0, m, m, 0), interpolation="bilinear")
    borders(ax, np.arange(m * m).reshape(m, m), width=0.6)
    query, key = divmod(result.query, m), divmod(result.key, m)
    outline(ax, np.arange(m * m).reshape(m, m) == result.key)
    if query != key:
        end, start = ((cell[1] + 0.5, cell[0] + 0.5) for cell in (query, key))
        for width, color in ((4.0, "white"), (1.8, "black")):
            arrow = {"arrowstyle": "->", "color": color, "lw": width, "shrinkB": 9}
            ax.annotate("", end, start, arrowprops=arrow)
    ring(ax, query)


def _draw_values(ax: Axes, values: np.ndarray, *, as_index: bool, largest: int) -> None:
    n = len(values)
    cell_axes(ax, values.shape, every=1 if n <= 16 else 6)
    top = float(largest) if as_index else PEAK
    ax.imshow(
        values, extent=(0, n, n, 0), cmap=SEQUENTIAL, vmin=0, vmax=top, interpolation="nearest"
    )
    if n > 16 or (n > 9 and not as_index):
        return
    for row, column in np.ndindex(values.shape):
        value = values[row, column]
        red, green, blue, _ = mpl.colormaps[SEQUENTIAL](value / top)
        ink = "black" if 0.3 * red + 0.6 * green + 0.1 * blue > 0.5 else "white"
        text = f"{value:.0f}" if as_index else f"{value:.1f}"
        at, size = (column + 0.5, row + 0.5), 8 if n < 10 else 6.5
        ax.text(*at, text, ha="center", va="center", color=ink, fontsize=size)

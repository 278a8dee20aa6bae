"""The squeeze-excite view as one figure."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from utils.explorers.answers import answer_line
from utils.explorers.picture import Picture, as_bytes
from utils.explorers.squeeze_excite.compute import CLASSES, NAMES, ROWS, Result, Settings
from utils.figures.maps import cell_axes, ring
from utils.figures.style import DIVERGING, SEQUENTIAL, new_figure, styled


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """The picked channel before and after its gate, above the gates of all classes."""
    figure = new_figure(720, 600)
    figure.set_layout_engine("constrained", rect=(0.05, 0, 0.95, 1))  # room for the long names
    grid = figure.add_gridspec(2, 3, height_ratios=(1, 2))
    row = settings.picked[0]
    axes = [figure.add_subplot(grid[0, column]) for column in range(3)]
    pixels = result.example if row else as_bytes(picture)
    axes[0].imshow(pixels, interpolation="bilinear")
    top = max(float(result.filtered.max()), 1e-6)
    look: dict[str, Any] = {"cmap": SEQUENTIAL, "vmin": 0, "vmax": top}
    look["interpolation"] = "nearest"
    axes[1].imshow(result.filtered, **look)
    shown = axes[2].imshow(result.gate * result.filtered, **look)
    figure.colorbar(shown, ax=axes[2], shrink=0.8)
    who = f"a {CLASSES[row - 1]}" if row else "this picture"
    titles = (who, f"channel {result.channel}, filtered", f"times its gate, {result.gate:.2f}")
    for ax, title in zip(axes, titles, strict=True):
        ax.set(title=title, xticks=[], yticks=[])
    ax = figure.add_subplot(grid[1, :])
    values, scale = shown_values(settings, result)
    image = ax.imshow(values, extent=(0, values.shape[1], ROWS, 0), **scale)
    cell_axes(ax, values.shape)
    ax.set_xticks(np.arange(values.shape[1]) + 0.5, [str(c) for c in result.channels])
    ax.set_yticks(np.arange(ROWS) + 0.5, NAMES)
    ax.hlines([1, 4, 7, 10], 0, values.shape[1], colors="white", linewidth=[3, 1, 1, 1])
    ring(ax, settings.picked)
    words = "gate" if settings.mode == "gate" else "gate − mean over the classes"
    figure.colorbar(image, ax=ax, label=words)
    if result.says:
        figure.supxlabel(answer_line(result.says, result.parts.tolist()), x=0.01, ha="left")
    return figure


def shown_values(settings: Settings, result: Result) -> tuple[np.ndarray, dict[str, Any]]:
    """The numbers behind the colors, and their scale."""
    if settings.mode == "gate":
        return result.gates, {"cmap": SEQUENTIAL, "vmin": 0, "vmax": 1}
    values = result.gates - result.means
    top = max(float(np.abs(values).max()), 1e-6)
    return values, {"cmap": DIVERGING, "vmin": -top, "vmax": top}

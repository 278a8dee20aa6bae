"""The five steps as one figure."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from utils.explorers.one_query.compute import SIDE, Result, Settings
from utils.explorers.picture import Picture, as_bytes
from utils.figures.style import COLORS, SEQUENTIAL, new_figure, styled


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """The query on the picture, its scores, its weights, and the color that they mix."""
    figure = new_figure(720, 248)
    axes = figure.subplots(1, 4, width_ratios=(1, 1.12, 1.12, 0.5))
    shown = ((result.scores, "2, 3 scores q · k / √d"), (result.weights, "4 softmax: weights"))
    axes[0].imshow(as_bytes(picture), extent=(0, SIDE, SIDE, 0), interpolation="bilinear")
    axes[0].set_title("1 query")
    for ax, (values, title) in zip(axes[1:3], shown, strict=True):
        values = result.scaled if values is result.scores else values
        image = ax.imshow(values, extent=(0, SIDE, SIDE, 0), cmap=SEQUENTIAL)
        figure.colorbar(image, ax=ax, shrink=0.75, pad=0.02)
        ax.set_title(title)
    for ax in axes[:3]:
        _query(ax, settings.query)
    swatches = np.stack([result.colors[settings.query], result.output])[:, None]
    axes[3].imshow(swatches.clip(0, 1), extent=(0, 1, 2, 0))
    axes[3].set_title("5 mix")
    for at, word in enumerate(("before", "after")):
        axes[3].text(1.08, at + 0.5, word, va="center", fontsize=8.5)
    for ax in axes:
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
    return figure


def _query(ax: Axes, query: tuple[int, int]) -> None:
    y, x = query[0] + 0.5, query[1] + 0.5
    for width, color in ((4.0, "black"), (2.0, COLORS["query"])):
        ax.plot(x, y, "o", ms=8, mfc="none", mec=color, mew=width)

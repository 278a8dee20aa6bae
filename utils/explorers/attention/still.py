"""The attention view as one figure."""

import numpy as np
from matplotlib.figure import Figure

from utils.explorers.answers import answer_line
from utils.explorers.attention.compute import MASKED, OUTSIDE, Result, Settings
from utils.explorers.picture import Picture, as_bytes
from utils.figures.maps import cell_axes, hatch, outline, ring, tint
from utils.figures.style import COLORS, SEQUENTIAL, new_figure, styled


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """The picture alone, and the picture under the query's weights."""
    figure = new_figure(720, 372)
    plain, seen = figure.subplots(1, 2)
    h, w = result.weights.shape
    every = max(1, h // 8)
    for ax in (plain, seen):
        cell_axes(ax, (h, w), every=every)
        ax.imshow(as_bytes(picture), extent=(0, w, h, 0), interpolation="bilinear")
        ring(ax, result.token)
    shown = np.where(result.sees == OUTSIDE, np.nan, result.weights)
    image = seen.imshow(shown, extent=(0, w, h, 0), cmap=SEQUENTIAL, vmin=0, alpha=0.85)
    for cell in np.ndindex(h, w):
        if result.sees[cell] == MASKED:
            hatch(seen, cell)
        elif result.sees[cell] == OUTSIDE:
            tint(seen, cell, COLORS["paper"], alpha=0.6, lines=False)
    for ax in (plain, seen):
        outline(ax, result.sees != OUTSIDE, width=1.8)
    if (result.sees == MASKED).any():
        seen.set_xlabel("hatched: masked", loc="left")
    seen.set_xlim(0, w)
    seen.set_ylim(h, 0)
    figure.colorbar(image, ax=[plain, seen], label="weight", shrink=0.85)
    if result.says:
        figure.supxlabel(answer_line(result.says, result.parts.tolist()), x=0.01, ha="left")
    return figure

"""The windows view as one figure."""

import numpy as np
from matplotlib.figure import Figure

from utils.explorers.picture import Picture, as_bytes
from utils.explorers.windows.compute import MAP_SIZE, MASKED, SEEN, Result, Settings
from utils.figures.maps import borders, cell_axes, hatch, outline, ring, tint
from utils.figures.style import COLORS, new_figure, styled

VEILS = ("#FFFFFF", "#C0E3F6")


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """The picture under its groups; what the query cannot see is veiled."""
    figure = new_figure(720, 500)
    ax = figure.add_subplot()
    h, w = MAP_SIZE
    cell_axes(ax, MAP_SIZE, every=4)
    ax.imshow(as_bytes(picture), extent=(0, w, h, 0), interpolation="bilinear")
    blocks = _blocks(settings, result.shift)
    for cell in np.ndindex(MAP_SIZE):
        if result.sees[cell] == MASKED:
            hatch(ax, cell)
        elif not result.reach[cell] and result.sees[cell] != SEEN:
            tint(ax, cell, VEILS[blocks[cell].sum() % 2], alpha=0.62, lines=False)
    borders(ax, blocks[..., 0] * w + blocks[..., 1])
    seen = result.sees == SEEN
    if settings.layers == 2:
        outline(ax, result.reach, color=COLORS["window"], width=1.2)
    outline(ax, seen, color=COLORS["grid" if settings.kind == "grid" else "line"])
    ring(ax, settings.query)
    ax.set_xlabel(_key(settings, result), loc="left")
    return figure


def _key(settings: Settings, result: Result) -> str:
    """What the marks mean, as far as they are there."""
    masked = "hatched: in its window, but masked" if (result.sees == MASKED).any() else ""
    heard = "thin blue line: heard of after two layers" if settings.layers == 2 else ""
    return "; ".join(filter(None, ("thick line: seen", masked, heard)))


def _blocks(settings: Settings, shift: int) -> np.ndarray:
    """For every cell the row and column of the block that it is drawn in."""
    (h, w), size = MAP_SIZE, settings.window_size
    y, x = np.indices(MAP_SIZE)
    if settings.kind == "rows":
        parts = (y, 0 * x)
    elif settings.kind == "columns":
        parts = (0 * y, x)
    elif settings.kind == "grid":
        parts = (y * size // h, x * size // w)
    else:
        parts = ((y - shift) % h // size, (x - shift) % w // size)
    return np.stack(parts, axis=-1)

"""The shift-mask view as one figure."""

import numpy as np
from matplotlib.figure import Figure

from utils.explorers.picture import Picture, as_bytes
from utils.explorers.shift_mask.compute import LETTERS, MAP_SIZE, Result, Settings
from utils.figures.maps import borders, cell_axes, hatch, numbers, outline, ring, tint
from utils.figures.style import new_figure, styled, tint_of


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """Left the map with its regions, right the mask of the query's window."""
    figure = new_figure(720, 316)
    left, right = figure.subplots(1, 2, width_ratios=[1.6, 1])
    rolled = settings.shown == "after"
    _draw_map(left, settings, result, picture, -result.shift if rolled else 0)
    left.set_title(f"{settings.shown.capitalize()} the roll: equal letters were neighbors")
    n = len(result.mask)
    cell_axes(right, (n, n))
    letters = [LETTERS[result.labels[y, x]] for y, x in result.tokens]
    for cell in np.ndindex(n, n):
        if result.mask[cell]:
            hatch(right, cell)
        else:
            tint(right, cell, tint_of(0))
    outline(right, (np.arange(n) == result.token)[:, None].repeat(n, axis=1), width=1.5)
    ring(right, (result.token, result.token))
    right.set_xticks(right.get_xticks(), letters)
    right.set_yticks(right.get_yticks(), letters)
    right.set_title("Query ↓ sees key →, or −100")
    return figure


def _draw_map(ax, settings: Settings, result: Result, picture: Picture, roll: int) -> None:
    (h, w), size = MAP_SIZE, settings.window_size
    cell_axes(ax, MAP_SIZE)
    pixels = as_bytes(picture)
    step = pixels.shape[0] // h
    pixels = np.roll(pixels, (roll * step, roll * step), axis=(0, 1))
    ax.imshow(pixels, extent=(0, w, h, 0), interpolation="bilinear")
    labels = np.roll(result.labels, (roll, roll), axis=(0, 1))
    y, x = np.indices(MAP_SIZE)
    place = (result.shift + roll) % size  # where the first window's edge is drawn
    windows = (y - place) // size * w + (x - place) // size
    mine = np.zeros(MAP_SIZE, dtype=bool)
    mine[tuple(((result.tokens + roll) % MAP_SIZE).T)] = True
    allowed = np.zeros(MAP_SIZE, dtype=bool)
    free = result.tokens[result.mask[result.token] == 0]
    allowed[tuple(((free + roll) % MAP_SIZE).T)] = True
    for cell in np.ndindex(MAP_SIZE):
        if mine[cell] and not allowed[cell]:
            hatch(ax, cell)
        elif not mine[cell]:
            tint(ax, cell, tint_of(int(labels[cell])), alpha=0.72, lines=False)
    words = ["" if mine[c] else LETTERS[labels[c]] for c in np.ndindex(MAP_SIZE)]
    numbers(ax, labels, words=words)
    for row, column in np.argwhere(mine):
        box = {"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none"}
        letter = LETTERS[labels[row, column]]
        ax.text(column + 0.5, row + 0.5, letter, ha="center", va="center", bbox=box)
    borders(ax, windows, width=1.0)
    outline(ax, mine)
    query = ((settings.query[0] + roll) % h, (settings.query[1] + roll) % w)
    ring(ax, query)

"""Arrays to figures, in one look; never `plt.show`."""

from utils.cells.show import Shown
from utils.figures.grids import Grid, draw_comparison, draw_curves, draw_grids, draw_weights
from utils.figures.style import COLORS, new_figure, styled
from utils.tracing.source import Source, show_source

__all__ = [
    "COLORS",
    "Grid",
    "Shown",
    "Source",
    "draw_comparison",
    "draw_curves",
    "draw_grids",
    "draw_weights",
    "new_figure",
    "show_source",
    "styled",
]

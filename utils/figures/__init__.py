"""Arrays to figures, in one look; never `plt.show`."""

from utils.figures.show import Shown, Source, show_source
from utils.figures.style import COLORS, new_figure, styled

__all__ = ["COLORS", "Shown", "Source", "new_figure", "show_source", "styled"]

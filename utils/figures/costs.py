"""What something costs as a picture grows: counted and measured, side by side."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from utils.figures.style import look, new_figure, styled

Numbers = Sequence[float | int]
Curve = tuple[Numbers, Numbers]


@styled
def draw_costs(panels: Mapping[str, Mapping[str, Curve]], *, x: str, height: int = 300) -> Figure:
    """Panels by what they count (their y axis), each with named curves, on logarithmic axes.

    A name has one look in all panels; the first one tells the names.
    """
    figure = new_figure(720, height)
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for ax, (y, curves) in zip(axes, panels.items(), strict=True):
        for number, (name, (across, up)) in enumerate(curves.items()):
            ax.plot(across, up, label=name, markersize=5, **look(number))
        sides = sorted({side for across, _ in curves.values() for side in across})
        ax.set(xscale="log", yscale="log", xlabel=x, title=y)
        ax.set_xticks(sides, [f"{side:g}" for side in sides])
        ax.xaxis.set_minor_locator(NullLocator())
    axes[0].legend()
    return figure

"""The rows of a bench as bars: units, lowest and median."""

from matplotlib.figure import Figure

from utils.cli.benches.table import rounded
from utils.cli.benches.timing import Row, Timing
from utils.figures.style import COLORS, new_figure, styled

ROW_HEIGHT, MARGIN = 26, 70  # pixels
WIDE = 50  # the slowest row beside the fastest: from here on the axis counts in powers of ten
LEAST = 1e-3  # units: a bar is drawn at least so long on such an axis


def label(timing: Timing) -> str:
    """The lowest time, and the median where it is far from it: 24 gestures are not one gesture.

    >>> label(Timing(seconds=(1.0, 1.0, 1.1), unit=0.5)), label(Timing((0.01, 3.0, 3.0), unit=1.0))
    ('2.00', '0.0100 … 3.00')
    """
    lowest, median = rounded(timing.units), rounded(timing.median_units)
    return lowest if timing.median < 2 * timing.lowest else f"{lowest} … {median}"


@styled
def bars(rows: list[Row], *, title: str) -> Figure:
    """One bar per measured row, as long as its lowest time; a line reaches to the median."""
    timed = [(row, row.timing) for row in rows if row.timing is not None]
    lengths = [max(timing.units, LEAST) for _, timing in timed]
    figure = new_figure(720, MARGIN + ROW_HEIGHT * len(timed))
    ax = figure.subplots()
    for i, ((row, timing), length) in enumerate(zip(timed, lengths, strict=True)):
        ours = row.name == "ours" or not any(other.name == "ours" for other, _ in timed)
        ax.barh(i, length, color=COLORS["frame0" if ours else "masked"], height=0.62)
        median = max(timing.median_units, LEAST)
        ax.plot([length, median], [i, i], color=COLORS["line"], linewidth=1.2)
        ax.annotate(f" {label(timing)}", (median, i), va="center")
    ax.set_yticks(range(len(timed)), [f"{row.name}, {row.case}" for row, _ in timed])
    ax.set_ylim(len(timed) - 0.5, -0.5)
    if timed and max(lengths) > WIDE * min(lengths):
        ax.set_xscale("log")
    ax.margins(x=0.16)
    ax.set(title=title, xlabel="units of one 2048×2048 matrix product (bar: lowest, line: median)")
    return figure

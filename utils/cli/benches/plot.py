"""The rows of a bench as bars: units, lowest and median."""

from matplotlib.figure import Figure

from utils.cli.benches.timing import Row
from utils.figures.style import COLORS, new_figure, styled

ROW_HEIGHT, MARGIN = 26, 70  # pixels


@styled
def bars(rows: list[Row], *, title: str) -> Figure:
    """One bar per measured row, as long as its lowest time; a line reaches to the median."""
    timed = [row for row in rows if row.timing is not None]
    figure = new_figure(720, MARGIN + ROW_HEIGHT * len(timed))
    ax = figure.subplots()
    for i, row in enumerate(timed):
        assert row.timing is not None
        lowest, median = row.timing.units, row.timing.median / row.timing.unit
        ours = row.name == "ours" or not any(other.name == "ours" for other in timed)
        ax.barh(i, lowest, color=COLORS["frame0" if ours else "masked"], height=0.62)
        ax.plot([lowest, median], [i, i], color=COLORS["line"], linewidth=1.2)
        ax.annotate(f" {lowest:.2f}", (median, i), va="center")
    ax.set_yticks(range(len(timed)), [f"{row.name}, {row.case}" for row in timed])
    ax.invert_yaxis()
    ax.margins(x=0.12)
    ax.set(title=title, xlabel="units of one 2048×2048 matrix product (bar: lowest, line: median)")
    return figure

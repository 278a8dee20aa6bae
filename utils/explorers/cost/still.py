"""The cost view as one figure."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, FuncFormatter, NullLocator

from utils.explorers.cost.compute import KINDS, NAMES, SIDES, Result, Settings
from utils.explorers.picture import Picture
from utils.figures.style import COLORS, new_figure, styled

LOOKS = {
    "window": ("window", "s", "-"),
    "axial": ("grid", "^", "--"),
    "channel": ("frame0", "o", "-"),
    "all": ("frame1", "D", "-"),
    "deformable": ("sample", "v", ":"),
}


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """Work, memory with its limit, and time, against the side of the picture."""
    figure = new_figure(720, 330)
    work, memory, time = figure.subplots(1, 3)
    for ax, table in ((work, result.work), (memory, result.memory), (time, result.recorded)):
        for kind, values in zip(KINDS, table, strict=True):
            color, marker, dash = LOOKS[kind]
            at = values > 0
            line = ax.plot([s for s, a in zip(SIDES, at, strict=True) if a], values[at], dash)[0]
            line.set(color=COLORS[color], marker=marker, markersize=4.5, label=NAMES[kind])
        ax.axvline(settings.side, color=COLORS["query"], linewidth=2, zorder=0)
        ax.set(xscale="log", yscale="log", xlabel="side of the picture, pixels", xlim=(50, 5200))
        ax.set_xticks(SIDES[::2], [str(side) for side in SIDES[::2]])
        ax.xaxis.set_minor_locator(NullLocator())
    _label(work, "multiply-adds, one layer", unit="", scale=1e6)
    _label(memory, f"memory to train {_layers(settings.layers)}", unit="B", scale=1e6)
    _label(time, "time, one layer, forward", unit="s", scale=1e-3)
    _limit(memory, result)
    here = any((row > 0).any() for row in result.measured)
    for kind, values in zip(KINDS, result.measured, strict=True):
        at = values > 0
        spots = [s for s, a in zip(SIDES, at, strict=True) if a]
        time.plot(spots, values[at], "o", color=COLORS[LOOKS[kind][0]], markerfacecolor="none")
    source = f"lines: {result.machine}" if result.machine else ""
    if source or here:
        note = source + ("; rings: here" if here else "")
        time.text(0.98, 0.02, note, transform=time.transAxes, fontsize=7.5, ha="right")
    handles, names = work.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=5, fontsize=8.5)
    return figure


def _label(ax: Axes, title: str, *, unit: str, scale: float) -> None:
    """The title, and values such as "1 GB" along the axis."""
    words = EngFormatter(unit)
    ax.set_title(title)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.format_data(value * scale)))


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count} layers"


def _limit(ax: Axes, result: Result) -> None:
    """The memory as a line, and a cross where each curve meets it."""
    ax.axhline(result.limit, color=COLORS["line"], linewidth=1.2)
    words = f"{result.limit / 1000:,.0f} GB"
    ax.text(52, result.limit * 1.15, words, fontsize=8, va="bottom", fontweight="bold")
    for kind, side in zip(KINDS, result.runs_out, strict=True):
        if SIDES[0] <= side <= SIDES[-1]:
            look = {"color": COLORS[LOOKS[kind][0]], "markeredgecolor": "black", "zorder": 6}
            ax.plot(side, result.limit, "X", markersize=8, **look)

"""The stochastic depth view as one figure."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from utils.explorers.picture import Picture
from utils.explorers.stochastic_depth.compute import BLOCKS, BRANCHES, SAMPLES, Result, Settings
from utils.figures.style import COLORS, new_figure, styled


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """Left who keeps which branch, right the sums after every branch."""
    figure = new_figure(720, 300)
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    _draw_living(left, result)
    _draw_sums(right, result)
    return figure


def _draw_living(ax: Axes, result: Result) -> None:
    for (sample, branch), factor in np.ndenumerate(result.factors):
        kept = factor > 0
        ax.add_patch(
            Rectangle(
                (branch, sample),
                1,
                1,
                facecolor=COLORS["frame0"] if kept else "#ffffff",
                edgecolor="white" if kept else COLORS["masked"],
                hatch=None if kept else "////",
                linewidth=0.5,
            )
        )
    ax.vlines(range(0, BRANCHES + 1, 2), 0, SAMPLES, colors="black", linewidth=0.6)
    for width, color in ((3.2, "black"), (1.6, COLORS["query"])):
        at = (result.branch, result.sample)
        ax.add_patch(Rectangle(at, 1, 1, fill=False, linewidth=width, edgecolor=color))
    ax.set(xlim=(0, BRANCHES), ylim=(SAMPLES, 0), xticks=[2 * i + 1 for i in range(BLOCKS)])
    ax.set(xticklabels=range(BLOCKS), yticks=[i + 0.5 for i in range(0, SAMPLES, 3)])
    ax.set(yticklabels=range(0, SAMPLES, 3), ylabel="sample")
    ax.set_xlabel("block: its attention, its MLP; hatched: left out")


def _draw_sums(ax: Axes, result: Result) -> None:
    steps = np.arange(BRANCHES + 1) / 2
    ax.fill_between(
        steps, result.low, result.high, color=COLORS["masked"], alpha=0.3, label="9 samples in 10"
    )
    ax.plot(steps, result.whole, color="black", linestyle="--", label="the whole")
    ax.plot(
        steps,
        result.own,
        color=COLORS["query"],
        drawstyle="steps-post",
        label=f"sample {result.sample}",
    )
    name = "samples" if result.count > 1 else "sample"
    ax.plot(
        steps,
        result.mean,
        color=COLORS["frame0"],
        linewidth=2.4,
        label=f"mean of {result.count} {name}",
    )
    ax.set(xlabel="after block", ylabel="what the branches add, 1 each", xlim=(0, BLOCKS))
    ax.legend(loc="upper left")

"""A claim's runs: every seed a dot, the mean a bar, and how the loss fell."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from utils.figures.style import COLORS, new_figure, styled

INKS = (COLORS["frame0"], COLORS["frame1"], COLORS["grid"], COLORS["sample"], COLORS["masked"])
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
MARKS = "osD^v"


@styled
def claim_figure(
    names: Sequence[str],
    scores: NDArray,
    curves: NDArray,
    *,
    measure: str,
    steps: int,
    followed: int | None = None,
) -> Figure:
    """Left the score of each arm and seed, right the loss of the first seed.

    Shapes: scores (arms, seeds), curves (arms, points).
    """
    figure = new_figure(720, 268)
    left, right = figure.subplots(1, 2)
    _draw_scores(left, names, scores, measure=measure, followed=followed)
    for i, (name, curve) in enumerate(zip(names, curves, strict=True)):
        at = (np.arange(len(curve)) + 0.5) * steps / len(curve)
        width = 2.6 if i == followed else 1.3
        right.plot(
            at,
            curve,
            color=INKS[i % len(INKS)],
            linestyle=LINES[i % len(LINES)],
            linewidth=width,
            label=name,
        )
    right.set(yscale="log", xlabel="step", ylabel="training loss, first seed")
    right.legend(loc="best")
    return figure


def _draw_scores(
    ax: Axes, names: Sequence[str], scores: NDArray, *, measure: str, followed: int | None
) -> None:
    for i, row in enumerate(scores):
        places = i + np.linspace(-0.16, 0.16, len(row))
        ax.plot(
            row,
            places,
            MARKS[i % len(MARKS)],
            color=INKS[i % len(INKS)],
            markersize=4.5,
            clip_on=False,
        )
        ax.plot([row.mean()] * 2, [i - 0.3, i + 0.3], color=INKS[i % len(INKS)], linewidth=2.5)
        weight = "bold" if i == followed else "normal"
        ax.annotate(
            f"{row.mean():.2f}", (row.mean(), i - 0.34), ha="center", va="bottom", weight=weight
        )
    ax.set_yticks(range(len(names)), names)
    ax.set(ylim=(len(names) - 0.4, -0.75), xlabel=measure)
    ax.margins(x=0.12)
    ax.grid(axis="x", color="#00000018")

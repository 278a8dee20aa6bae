"""A claim's runs: every seed a dot, the mean a bar, how the loss fell, what each arm answers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from utils.figures.style import COLORS, new_figure, styled

INKS = (COLORS["frame0"], COLORS["frame1"], COLORS["grid"], COLORS["sample"], COLORS["masked"])
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (9, 2)), (0, (3, 1, 1, 1)))
MARKS = "osD^vPX*"
ROWS = 190  # pixels of the figure for the answers


@styled
def claim_figure(
    names: Sequence[str],
    scores: NDArray,
    curves: NDArray,
    *,
    measure: str,
    steps: int,
    followed: int | None = None,
    answers: Mapping[str, NDArray] | None = None,
) -> Figure:
    """Left the score of each arm and seed, right the loss of the first seed, below the answers.

    Shapes: scores (arms, seeds), curves (arms, points), each answer (examples, h, w, 3).
    """
    shown = {name: pictures for name, pictures in (answers or {}).items() if len(pictures)}
    figure = new_figure(720, 268 + (ROWS if shown else 0))
    above: Any = figure
    if shown:
        parts: Any = figure.subfigures(2, 1, height_ratios=(268, ROWS))
        above, below = parts
        _draw_answers(below, shown, bold=None if followed is None else names[followed])
    left, right = above.subplots(1, 2)
    _draw_scores(left, names, scores, measure=measure, followed=followed)
    for i, (name, curve) in enumerate(zip(names, curves, strict=True)):
        at = (np.arange(len(curve)) + 0.5) * steps / len(curve)
        right.plot(at, curve, **_look(i), linewidth=2.6 if i == followed else 1.3, label=name)
    right.set(yscale="log", xlabel="step", ylabel="training loss, first seed")
    right.legend(loc="best", fontsize=8 if len(names) < 6 else 7, ncols=1 + (len(names) > 5))
    return figure


def _look(arm: int) -> dict:
    return {"color": INKS[arm % len(INKS)], "linestyle": LINES[arm % len(LINES)]}


def _draw_scores(
    ax: Axes, names: Sequence[str], scores: NDArray, *, measure: str, followed: int | None
) -> None:
    right = ax.get_yaxis_transform()  # x in shares of the plot, y in rows
    for i, row in enumerate(scores):
        ink = INKS[i % len(INKS)]
        places = i + np.linspace(-0.16, 0.16, len(row))
        ax.plot(row, places, MARKS[i % len(MARKS)], color=ink, markersize=4.5, clip_on=False)
        ax.plot([row.mean()] * 2, [i - 0.3, i + 0.3], color=ink, linewidth=2.5)
        weight = "bold" if i == followed else "normal"
        ax.text(1.02, i, f"{row.mean():.2f}", transform=right, va="center", weight=weight)
    ax.text(1.02, -0.75, "mean", transform=right, va="bottom")
    ax.set_yticks(range(len(names)), names)
    ax.set(ylim=(len(names) - 0.4, -0.75), xlabel=measure)
    ax.margins(x=0.12)
    ax.grid(axis="x", color="#00000018")


def _draw_answers(part: Any, shown: Mapping[str, NDArray], *, bold: str | None) -> None:
    """One column for each name, one row for each example."""
    examples = len(next(iter(shown.values())))
    axes = part.subplots(examples, len(shown), squeeze=False)
    for column, (name, pictures) in zip(axes.T, shown.items(), strict=True):
        for ax, picture in zip(column, pictures, strict=True):
            ax.imshow(picture, interpolation="nearest")
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
        words = name.replace(" ", "\n") if len(shown) > 7 else name
        column[0].set_title(words, fontsize=8.5, weight="bold" if name == bold else "normal")

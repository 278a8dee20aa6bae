"""Target beside yours: the cells that differ are framed, the first of them is pointed at."""

import re

import numpy as np
import torch
from einops import rearrange
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from utils.figures.style import SEQUENTIAL, new_figure, styled

MOST_ROWS, MOST_COLUMNS = 12, 12  # more than that cannot be read
CELL = 26  # pixels of the height of a row
MARK = "#D55E00"


@styled
def draw(target: Tensor, yours: Tensor, *, view: str) -> Figure:
    """Two maps of the part around the first difference, square for square; numbers in the cells."""
    a, b = (_flat(x, view) for x in (target, yours))
    a, b, corner = _around_first(a, b)
    wrong = ~np.isclose(a, b, rtol=1e-4, atol=1e-5 * max(1.0, float(np.abs(a).max())))
    figure = new_figure(720, 90 + max(110, CELL * a.shape[0]))
    axes = figure.subplots(1, 2)
    low, high = float(a.min()), float(a.max())
    count = f"yours: {int(wrong.sum())} of {wrong.size} shown differ"
    for ax, values, title in ((axes[0], a, "target"), (axes[1], b, count)):
        ax.imshow(values, cmap=SEQUENTIAL, vmin=low, vmax=max(high, low + 1e-9), aspect="auto")
        _numbers(ax, values, low, high)
        _frames(ax, wrong)
        ax.set_title(title)
    rows, columns = _axes_names(view)
    axes[0].set_ylabel(rows)
    for ax in axes:
        ax.set_xlabel(columns)
        ax.set_xticks(range(a.shape[1]), [str(corner[1] + i) for i in range(a.shape[1])])
        ax.set_yticks(range(a.shape[0]), [str(corner[0] + i) for i in range(a.shape[0])])
    return figure


def _frames(ax: Axes, wrong: np.ndarray) -> None:
    """A frame around every cell that differs, a thick one around the first."""
    for number, (row, column) in enumerate(np.argwhere(wrong)):
        ax.add_patch(
            Rectangle(
                (column - 0.5, row - 0.5),
                1,
                1,
                fill=False,
                edgecolor=MARK,
                linewidth=3.0 if number == 0 else 1.0,
                linestyle="-" if number == 0 else ":",
                zorder=3 if number == 0 else 2,
            )
        )


def _axes_names(view: str) -> tuple[str, str]:
    """What stands on the two axes: `b nh nw n c -> (b nh nw) (n c)` gives `b nh nw`, `n c`."""
    groups = re.findall(r"\(([^)]*)\)|(\S+)", view.partition("->")[2])
    names = [grouped or single for grouped, single in groups]
    return (names[0], names[1]) if len(names) == 2 else ("", "")


def _flat(x: Tensor, view: str) -> np.ndarray:
    x = x.detach().double().cpu().nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)
    if view:
        return rearrange(x, view).numpy()
    return torch.atleast_2d(x).flatten(0, -2).numpy()


def _around_first(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """The part of both maps that holds the first difference, small enough to be read."""
    row, column = (
        np.argwhere(~np.isclose(a, b, rtol=1e-4, atol=1e-6))[:1].reshape(-1)[:2]
        if (not np.allclose(a, b, rtol=1e-4, atol=1e-6))
        else (0, 0)
    )
    top = max(0, min(int(row) - 2, a.shape[0] - MOST_ROWS))
    left = max(0, min(int(column) - 2, a.shape[1] - MOST_COLUMNS))
    part = np.s_[top : top + MOST_ROWS, left : left + MOST_COLUMNS]
    return a[part], b[part], (top, left)


def _numbers(ax: Axes, values: np.ndarray, low: float, high: float) -> None:
    whole = bool((values == values.round()).all()) and float(np.abs(values).max()) < 1000
    if not whole and values.shape[1] > 8:
        return  # no room for decimals
    for (row, column), value in np.ndenumerate(values):
        bright = (value - low) / max(high - low, 1e-9) > 0.6
        text = f"{value:.0f}" if whole else f"{value:.2f}"
        color = "#000000" if bright else "#FFFFFF"
        ax.text(column, row, text, ha="center", va="center", fontsize=7.5, color=color)

"""Small arrays as grids of numbers, weights as heat maps, costs as curves."""

from collections.abc import Mapping
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from utils.figures.maps import borders, cell_axes, hatch, numbers, outline, tint
from utils.figures.style import COLORS, DIVERGING, SEQUENTIAL, look, new_figure, styled, tint_of


@dataclass(frozen=True)
class Grid:
    """A small array to be written out, cell by cell."""

    title: str
    values: ArrayLike
    groups: ArrayLike | None = None  # cells of one group have one tint and a common outline
    marked: ArrayLike | None = None  # cells with a thick outline
    hidden: ArrayLike | None = None  # cells under hatching


@styled
def draw_grids(*grids: Grid, height: int = 220) -> Figure:
    """Several small arrays beside each other, each number in its cell."""
    figure = new_figure(720, height)
    for ax, grid in zip(np.ravel(figure.subplots(1, len(grids))), grids, strict=True):
        values = np.asarray(grid.values)
        cell_axes(ax, values.shape)
        ax.set_title(grid.title)
        groups = np.zeros(values.shape, int) if grid.groups is None else np.asarray(grid.groups)
        for cell in np.ndindex(values.shape):
            tint(ax, cell, tint_of(int(groups[cell])))
            if grid.hidden is not None and np.asarray(grid.hidden)[cell]:
                hatch(ax, cell)
        borders(ax, groups, width=1.6)
        if grid.marked is not None:
            outline(ax, np.asarray(grid.marked), color=COLORS["query"])
        numbers(ax, values, size=9.0 if max(values.shape) <= 8 else 7.0)
    return figure


@styled
def draw_weights(weights: Mapping[str, ArrayLike], *, height: int = 230) -> Figure:
    """Attention weights, query by row and key by column, 0 to 1 in one color scale."""
    figure = new_figure(min(720, 320 * len(weights)), height)
    axes = np.ravel(figure.subplots(1, len(weights)))
    for ax, (title, matrix) in zip(axes, weights.items(), strict=True):
        values = np.asarray(matrix)
        h, w = values.shape
        cell_axes(ax, (h, w))
        ax.set_title(title)
        ax.imshow(values, extent=(0, w, h, 0), cmap=SEQUENTIAL, vmin=0, vmax=1)
        for (row, column), value in np.ndenumerate(values):
            ink = "black" if sum(mpl.colormaps[SEQUENTIAL](value)[:3]) > 1.5 else "white"
            text = f"{value:.2f}"
            ax.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=ink, fontsize=8)
    bar = figure.colorbar(axes[0].images[0], ax=list(axes), shrink=0.8)
    bar.set_label("weight")
    bar.outline.set_visible(False)  # type: ignore[operator]
    return figure


@styled
def draw_comparison(ours: ArrayLike, reference: ArrayLike, *, height: int = 180) -> Figure:
    """Ours, the reference, and their difference on a scale of its own."""
    ours, reference = np.asarray(ours, float), np.asarray(reference, float)
    difference = ours - reference
    figure = new_figure(720, height)
    axes = figure.subplots(1, 3)
    low, high = min(ours.min(), reference.min()), max(ours.max(), reference.max())
    worst = max(float(np.abs(difference).max()), 1e-12)
    scales = [{"cmap": SEQUENTIAL, "vmin": low, "vmax": high}] * 2
    scales += [{"cmap": DIVERGING, "vmin": -worst, "vmax": worst}]
    titles = ("ours", "reference", f"difference, at most {worst:.0e}")
    for ax, image, scale, title in zip(
        axes, (ours, reference, difference), scales, titles, strict=True
    ):
        shown = ax.imshow(image, interpolation="nearest", **scale)
        ax.set(title=title, xticks=[], yticks=[])
        figure.colorbar(shown, ax=ax, shrink=0.7)
    return figure


@styled
def draw_curves(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    x: str,
    y: str,
    log: bool = True,
    height: int = 280,
) -> Figure:
    """Named curves on shared axes, logarithmic unless said otherwise; names stand at their ends."""
    figure = new_figure(720, height)
    ax = figure.add_subplot()
    for number, (name, (across, up)) in enumerate(curves.items()):
        ax.plot(across, up, label=name, markersize=5, **look(number))
    if log:
        ax.set(xscale="log", yscale="log")
    ax.set(xlabel=x, ylabel=y)
    ax.legend()
    return figure

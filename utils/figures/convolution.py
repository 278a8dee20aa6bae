"""What an MBConv makes of a picture: expand, filter each channel alone, open or close, project."""

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from utils.figures.features import three_colors
from utils.figures.style import SEQUENTIAL, new_figure, styled

ROWS = ("expanded", "filtered", "gate", "filtered × gate")
STRIP = 64  # gates in one row of the strip


@styled
def draw_mbconv(
    picture: NDArray,
    *,
    expanded: NDArray,
    filtered: NDArray,
    gates: NDArray,
    out: NDArray,
    channels: list[int],
) -> Figure:
    """Some channels of maps (h, w, c) on their way through one MBConv, and all gates (c,).

    A channel has one color scale from its filtered map to the gated one, so that its gate shows.
    """
    figure = new_figure(720, 520)
    parts = figure.add_gridspec(2, 1, height_ratios=(4.4, 1))
    whole, strip = (figure.add_subfigure(parts[row]) for row in (0, 1))
    heights = (1, 1, 0.42, 1)
    axes = whole.subplots(4, 1 + len(channels), height_ratios=heights)
    _image(axes[0, 0], picture.clip(0, 1), "the picture", smooth=True)
    _image(axes[3, 0], three_colors(out), f"projected: {out.shape[-1]} channels")
    for ax in axes[1:3, 0]:
        ax.set_axis_off()
    for column, channel in enumerate(channels, start=1):
        before, after = expanded[..., channel], filtered[..., channel]
        _heat(axes[0, column], before, before.max())
        _heat(axes[1, column], after, after.max())
        _square(axes[2, column], float(gates[channel]))
        _heat(axes[3, column], gates[channel] * after, after.max())
        axes[0, column].set_title(f"channel {channel}")
    for name, ax in zip(ROWS, axes[:, 1], strict=True):
        ax.set_ylabel(name)
    _gates(strip, gates)
    return figure


def _gates(figure: FigureBase, gates: NDArray) -> None:
    """All gates as squares, 64 a row, the channel's number below."""
    ax = figure.subplots()
    rows = -(-len(gates) // STRIP)
    values = np.full(rows * STRIP, np.nan)
    values[: len(gates)] = gates
    # Gaps between the squares: channels are no cells of a map.
    shown = ax.imshow(values.reshape(rows, STRIP), cmap=SEQUENTIAL, vmin=0, vmax=1)
    ax.set_xticks(np.arange(STRIP + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(rows + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="white", linewidth=1.2)
    ax.tick_params(which="both", length=0)
    ax.set_xticks(range(0, STRIP, 8))
    ax.set_yticks(range(rows), [str(STRIP * row) for row in range(rows)])
    ax.spines[:].set_visible(False)
    ax.set_title(f"the gates of all {len(gates)} channels")
    figure.colorbar(shown, ax=ax, label="gate", shrink=0.9, aspect=6)


def _image(ax: Axes, values: NDArray, title: str, *, smooth: bool = False) -> None:
    ax.imshow(values, interpolation="antialiased" if smooth else "nearest")
    _bare(ax)
    ax.set_title(title)


def _heat(ax: Axes, values: NDArray, top: float) -> None:
    ax.imshow(values, cmap=SEQUENTIAL, vmin=0, vmax=max(float(top), 1e-6))
    _bare(ax)


def _square(ax: Axes, gate: float) -> None:
    color = mpl.colormaps[SEQUENTIAL](gate)
    ax.add_patch(Rectangle((0.3, 0), 0.4, 1, color=color, transform=ax.transAxes))
    ink = "black" if sum(color[:3]) > 1.5 else "white"
    ax.text(0.5, 0.5, f"{gate:.2f}", ha="center", va="center", color=ink)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    _bare(ax)


def _bare(ax: Axes) -> None:
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)

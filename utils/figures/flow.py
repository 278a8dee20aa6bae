"""Flow as pictures: the standard color wheel, arrows, the second frame fetched back.

The wheel is Middlebury's: hue says the direction, paleness the length. On the screen x goes right
and y goes **down**: right is red, down yellow, left cyan-blue, up violet. White does not move, and
black is unknown.
"""

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Float, UInt8
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from torch import Tensor

from utils.contracts import checked
from utils.errors import ConfigError, ShapeError
from utils.figures.style import COLORS, SEQUENTIAL, new_figure, styled
from utils.io import known_flow

# How many of the wheel's 55 colors lie between two neighboring pure ones, from red by yellow,
# green, cyan, blue and magenta back to red. Source: Middlebury's colorcode.cpp, after Baker and
# others (A database and evaluation methodology for optical flow, 2011).
STEPS = (15, 6, 4, 11, 13, 6)
PURE = ((255, 0, 0), (255, 255, 0), (0, 255, 0), (0, 255, 255), (0, 0, 255), (255, 0, 255))
BEYOND = 0.75  # flow longer than the rim is drawn darker
DIRECTIONS = {"right": (1, 0), "down": (0, 1), "left": (-1, 0), "up": (0, -1)}  # (x, y), y down
LARGEST_WHEEL = 4096
BAND = 2**17  # pixels that are colored at a time
LEGEND = (180, 180)  # width and height in pixels of the wheel beside a picture
Rgb = UInt8[np.ndarray, "h w 3"]


def wheel_colors() -> UInt8[np.ndarray, "55 3"]:
    """The published colors of the rim: number 0, red, lies to the right, then on by the bottom.

    >>> wheel_colors()[[0, 15, 21]].tolist()
    [[255, 0, 0], [255, 255, 0], [0, 255, 0]]
    """
    rows = []
    for number, steps in enumerate(STEPS):
        start, end = PURE[number], PURE[(number + 1) % len(PURE)]
        for i in range(steps):
            part = 255 * i // steps
            moves = zip(start, end, strict=True)
            rows.append([a if a == b else (part if b > a else 255 - part) for a, b in moves])
    return np.array(rows, dtype=np.uint8)


def longest(*flows: Tensor) -> float:
    """The greatest length in pixels among flows (…, 2, h, w), at least 1: what the rim stands for.

    Where a flow is unknown (NaN, or more than 1e9, as in .flo files) it does not count.

    >>> import torch
    >>> longest(torch.tensor([3.0, -4.0]).reshape(2, 1, 1))
    5.0
    """
    for flow in flows:
        if not isinstance(flow, Tensor) or flow.ndim < 3 or flow.shape[-3] != 2:
            raise ShapeError(
                f"{getattr(flow, 'shape', type(flow).__name__)} came",
                allowed="flows are tensors (…, 2, h, w), x first",
                mend="flow.permute(2, 0, 1) turns (h, w, 2)",
            )
    return max([1.0, *(_longest(flow) for flow in flows)])


def _longest(flow: Tensor) -> float:
    lengths = flow.norm(dim=-3)[known_flow(flow)]
    return float(lengths.max()) if lengths.numel() else 0.0


@checked()
def flow_colors(flow: Float[Tensor, "2 h w"], *, most: float | int | None = None) -> Rgb:
    """Each pixel's motion as a color of the standard wheel; black where it is unknown.

    `most` is the length in pixels at the rim of the wheel, the greatest of the flow unless given;
    give both of two pictures the same.
    Shape: (2, h, w), (x, y) -> (h, w, 3). Units: pixels, y down. Raises: ConfigError for a rim that
    is not above 0.

    >>> import torch
    >>> flow_colors(torch.tensor([8.0, 0.0]).reshape(2, 1, 1))[0, 0].tolist()  # to the right
    [255, 0, 0]
    """
    most = longest(flow) if most is None else most
    if not 0 < most < float("inf"):
        raise ConfigError(
            f"most={most} came",
            allowed="the rim of the wheel stands for a length above 0, in pixels",
            mend="leave it out to get the longest motion of the flow",
        )
    flow = flow.detach().cpu()
    h, w = flow.shape[1:]
    out = np.empty((h, w, 3), np.uint8)
    rows = max(1, BAND // max(w, 1))
    for top in range(0, h, rows):  # in bands: the way to the colors takes 30 times their memory
        out[top : top + rows] = _band_colors(flow[:, top : top + rows], most)
    return out


def _band_colors(flow: Tensor, most: float | int) -> Rgb:
    known = known_flow(flow).numpy()
    x, y = np.where(known, flow.double().numpy(), 0) / most
    length = np.hypot(x, y)[..., None]
    rim = wheel_colors() / 255
    # + 0.0 turns a zero with a minus sign into a plain one: both are "to the right".
    place = (np.arctan2(-(y + 0.0), -x) / np.pi + 1) / 2 * (len(rim) - 1)
    before = np.floor(place).astype(int)
    share = (place - before)[..., None]
    color = (1 - share) * rim[before] + share * rim[(before + 1) % len(rim)]
    # A hair more than 1 is rounding: the longest flow of a picture belongs on the rim.
    inside = 1 - np.minimum(length, 1) * (1 - color)
    color = np.where(length <= 1 + 1e-6, inside, BEYOND * color)
    color[~known] = 0
    return (255 * color).astype(np.uint8)


@checked()
def wheel_picture(side: int = 96) -> Rgb:
    """The legend: every direction and length inside a circle, white around it."""
    if not 1 <= side <= LARGEST_WHEEL:
        raise ConfigError(
            f"side={side} came",
            allowed=f"the wheel has 1 to {LARGEST_WHEEL} pixels on a side",
            mend="take side=96",
        )
    at = (np.arange(side) + 0.5) / side * 2 - 1
    x, y = np.meshgrid(at, at)
    colors = flow_colors(torch.from_numpy(np.stack([x, y])).float(), most=1)
    return np.where((np.hypot(x, y) <= 1)[..., None], colors, np.uint8(255))


@styled
def add_wheel(ax: Axes, most: float | int) -> None:
    """Fill axes with the legend: the wheel, its four directions, and the length at its rim."""
    ax.imshow(wheel_picture(160), extent=(-1, 1, 1, -1), interpolation="bilinear")
    for name, (x, y) in DIRECTIONS.items():
        ha = "left" if x > 0 else "right" if x < 0 else "center"
        va = "top" if y > 0 else "bottom" if y < 0 else "center"
        ax.text(1.08 * x, 1.08 * y, name, fontsize=8.5, ha=ha, va=va)
    ax.set(xlim=(-1.75, 1.75), ylim=(1.75, -1.75), aspect="equal", xticks=[], yticks=[])
    ax.set_xlabel(f"rim: {most:.1f} px\nwhite: still")
    ax.spines[:].set_visible(False)


@checked()
def add_arrows(ax: Axes, flow: Float[Tensor, "2 h w"], *, every: int) -> None:
    """Arrows from pixels to where they go, in the picture's own pixels, black with a white rim."""
    h, w = flow.shape[1:]
    rows, columns = np.arange(every // 2, h, every), np.arange(every // 2, w, every)
    there = flow.detach().cpu()[:, rows[:, None], columns]
    x, y = there.where(known_flow(there), 0).numpy()  # an arrow of length 0 is a dot
    arrows_from(ax, *np.meshgrid(columns, rows), x, y)


@styled
def arrows_from(ax: Axes, x: ArrayLike, y: ArrayLike, dx: ArrayLike, dy: ArrayLike) -> None:
    """Arrows from (x, y) to (x + dx, y + dy), in the units of the axes."""
    arrows = ax.quiver(x, y, dx, dy, angles="xy", scale_units="xy", scale=1, width=0.008)
    arrows.set_path_effects([patheffects.withStroke(linewidth=2, foreground="white")])


@styled
def beside_wheel(colors: Rgb, *, most: float | int) -> UInt8[np.ndarray, "tall wide 3"]:
    """A flow's colors, pixel for pixel, with the legend to their right: a picture for a file."""
    width, height = LEGEND
    figure = new_figure(width, height)
    add_wheel(figure.add_subplot(), most)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    h, w = colors.shape[:2]
    out = np.full((max(h, height), w + width, 3), 255, dtype=np.uint8)
    out[:h, :w] = colors
    out[:height, w:] = np.asarray(canvas.buffer_rgba())[..., :3]
    return out


@styled
def draw_flows(
    flows: Mapping[str, Float[Tensor, "2 h w"]], *, arrows: int = 0, height: int = 210
) -> Figure:
    """Named flows in one row, all on one scale, and the wheel; with `arrows`, one every so many."""
    figure = new_figure(720, height)
    *axes, legend = figure.subplots(1, len(flows) + 1, width_ratios=[1] * len(flows) + [0.8])
    most = longest(*flows.values())
    for ax, (name, flow) in zip(axes, flows.items(), strict=True):
        ax.imshow(flow_colors(flow, most=most), interpolation="nearest")
        if arrows:
            add_arrows(ax, flow, every=arrows)
        bare(ax, name)
    add_wheel(legend, most)
    return figure


@styled
def draw_maps(
    maps: Mapping[str, Float[Tensor, "h w"]], *, label: str, most: float | int, height: int = 210
) -> Figure:
    """Named maps of one quantity from 0 to `most`, on one scale with its bar."""
    figure = new_figure(720, height)
    axes = figure.subplots(1, len(maps), squeeze=False)[0]
    for ax, (name, values) in zip(axes, maps.items(), strict=True):
        shown = ax.imshow(
            values.detach().cpu().numpy(),
            cmap=SEQUENTIAL,
            vmin=0,
            vmax=most,
            interpolation="nearest",
        )
        bare(ax, name)
    figure.colorbar(shown, ax=axes, label=label, shrink=0.85)
    return figure


@styled
def bare(ax: Axes, title: str, *, frame: str | None = None) -> None:
    """A picture's axes: a title, no ticks, and for a frame the border of its color."""
    ax.set(title=title, xticks=[], yticks=[])
    ax.spines[:].set_visible(frame is not None)
    if frame is not None:
        ax.spines[:].set(color=COLORS[frame], linewidth=3)

"""One look for all figures: colors, type, sizes. Figures never touch pyplot's global state."""

import re
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
import numpy as np
from jaxtyping import UInt8
from matplotlib.figure import Figure

P = ParamSpec("P")
T = TypeVar("T")

COLORS_CSS = Path(__file__).with_name("colors.css").read_text(encoding="utf-8")
# name -> hex: "query", "masked", "window", "grid", "frame0", "frame1", "sample", "line", "paper"
COLORS = dict(re.findall(r"--course-(\w+): (#[0-9A-F]{6});", COLORS_CSS))

SEQUENTIAL = "cividis"  # weights: dark is little
DIVERGING = "RdBu_r"  # differences: white is zero
# Groups and regions: equal colors are one group, so there are as many as any picture shows.
TINTS: tuple[str, ...] = ("#CDE8F8", "#FFFFFF", "#CFEDE3", "#F3DDE9", "#FBE7B8")
TINTS += ("#F8CFC4", "#D3D6F5", "#DEDEDE", "#E6F0A3")
DPI = 100  # figure sizes are written in pixels of 1/100 inch

STYLE: Any = {  # matplotlib types every single key
    "font.family": "sans-serif",
    "font.size": 9.5,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.labelsize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.frameon": False,
    "hatch.linewidth": 0.7,
    "figure.dpi": DPI,
    "svg.fonttype": "none",
    "svg.hashsalt": "course",  # the same figure gives the same file
}


def styled(draw: Callable[P, T]) -> Callable[P, T]:
    """Run a drawing function in the course's style, whatever the reader has set."""

    @wraps(draw)
    def inside(*args: P.args, **kwargs: P.kwargs) -> T:
        with mpl.rc_context(STYLE):
            return draw(*args, **kwargs)

    return inside


def new_figure(width: int, height: int) -> Figure:
    """An empty figure of this many pixels; it belongs to nobody but the caller."""
    return Figure(figsize=(width / DPI, height / DPI), dpi=DPI, layout="constrained")


def tint_of(group: int) -> str:
    """The light color of a group; no two groups share one.

    >>> tint_of(1), tint_of(9) == tint_of(0)
    ('#FFFFFF', False)
    """
    turns, base = divmod(group, len(TINTS))
    dark = 0.92**turns
    parts = (int(TINTS[base][at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part * dark):02X}" for part in parts)


@cache
def color_table(name: str) -> UInt8[np.ndarray, "256 rgb"]:
    """A color map as its 256 colors, so that a screen shows the very ones of the stills.

    >>> color_table(SEQUENTIAL)[[0, 255]].tolist()
    [[0, 34, 77], [253, 231, 55]]
    """
    return mpl.colormaps[name](np.arange(256), bytes=True)[:, :3]

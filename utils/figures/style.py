"""One look for all figures: colors, type, sizes. Figures never touch pyplot's global state."""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
import numpy as np
from jaxtyping import UInt8
from matplotlib.figure import Figure

from utils.cells.look import COLORS, DPI, SEQUENTIAL, STYLE
from utils.errors import ConfigError, CourseError

__all__ = ["COLORS", "SEQUENTIAL"]  # from the look

CANNOT_DRAW = (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, RuntimeError)

P = ParamSpec("P")
T = TypeVar("T")

DIVERGING = "RdBu_r"  # differences: white is zero
# Groups and regions: equal colors are one group, so there are as many as any picture shows.
TINTS = (
    "#CDE8F8",
    "#FFFFFF",
    "#CFEDE3",
    "#F3DDE9",
    "#FBE7B8",
    "#F8CFC4",
    "#D3D6F5",
    "#DEDEDE",
    "#E6F0A3",
)
LARGEST = 20_000  # pixels of a figure's side


def styled(draw: Callable[P, T]) -> Callable[P, T]:
    """Run a drawing function in the course's style, whatever the reader has set.

    What it cannot draw becomes a sentence: the arrays that come are of any kind, and the first to
    find out is often deep inside of matplotlib.
    """

    @wraps(draw)
    def inside(*args: P.args, **kwargs: P.kwargs) -> T:
        with mpl.rc_context(STYLE):
            try:
                return draw(*args, **kwargs)
            except CourseError:
                raise
            except CANNOT_DRAW as error:
                name, reason = draw.__name__, f"{type(error).__name__}: {str(error)[:100]}"
                raise ConfigError(
                    f"{name} got what it cannot draw ({reason})",
                    allowed=(draw.__doc__ or "see its signature").split("\n")[0].rstrip("."),
                    mend=f"help({name}) says what it takes",
                ) from error

    return inside


# The first curves of a figure, by color, mark and dash; later ones take other marks and dashes.
CURVES = (("frame1", "o", "-"), ("frame0", "s", "-"), ("grid", "^", "--"), ("sample", "D", ":"))
MORE_MARKS, MORE_DASHES = "vP*X<>", ("-.", (0, (5, 1)), (0, (1, 1)), "--", ":", "-")


def look(number: int) -> dict[str, Any]:
    """How curve `number` looks, as settings of a line; no two of the first 28 are alike.

    >>> look(0)["marker"], look(4)["marker"], look(0)["color"] == look(4)["color"]
    ('o', 'v', True)
    """
    color, marker, dash = CURVES[number % len(CURVES)]
    later = number // len(CURVES)
    if later:
        marker = MORE_MARKS[(later - 1) % len(MORE_MARKS)]
        return {
            "color": COLORS[color],
            "marker": marker,
            "linestyle": MORE_DASHES[(later - 1) % len(MORE_DASHES)],
        }
    return {"color": COLORS[color], "marker": marker, "linestyle": dash}


def new_figure(width: int, height: int) -> Figure:
    """An empty figure of this many pixels; it belongs to nobody but the caller."""
    whole = all(isinstance(side, int) and 1 <= side <= LARGEST for side in (width, height))
    if not whole:
        raise ConfigError(
            f"a figure of {str(width)[:20]}×{str(height)[:20]} pixels came",
            allowed=f"width and height are whole numbers from 1 to {LARGEST}",
            mend="new_figure(720, 300) is as wide as a notebook",
        )
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

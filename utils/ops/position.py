"""Where a token is: relative position inside a window, sine position on a map."""

import math
from typing import Annotated

import torch
from einops import pack, rearrange
from jaxtyping import Float, Int
from torch import Tensor

from utils.caching import cached
from utils.contracts import AtLeast, FloatDtype, Positive, Size, checked, holds, room
from utils.ops._rules import cells, channels_by_four
from utils.switch import replaceable


@checked(room(lambda window_size: 2 * cells(window_size) ** 2, "the table of all pairs"))
@cached
def relative_position_index(
    window_size: Size, *, device: torch.device | str | None = None
) -> Int[Tensor, "n n"]:
    """For every pair of cells of a window, the row of the bias table that belongs to them.

    An offset (y_i − y_j, x_i − x_j) lies in [−(M−1), M−1] on each axis: 2M−1 values. Shifted to
    start at 0 and read like a two-digit number, it is one index:
    (y_i − y_j + wh − 1) · (2ww − 1) + (x_i − x_j + ww − 1). Cached: do not write into it.
    Shape: -> (n, n) with n = wh · ww, query first. Paper: Swin equation (4).

    >>> relative_position_index((1, 3)).tolist()
    [[2, 1, 0], [3, 2, 1], [4, 3, 2]]
    """
    wh, ww = window_size
    # the row and the column of every cell
    y = torch.arange(wh, device=device).repeat_interleave(ww)
    x = torch.arange(ww, device=device).repeat(wh)
    # for every pair, how far apart, counted from 0
    dy = y[:, None] - y[None, :] + wh - 1
    dx = x[:, None] - x[None, :] + ww - 1
    # both offsets as one number
    return dy * (2 * ww - 1) + dx


def _offsets(window_size: Size) -> int:
    return (2 * window_size[0] - 1) * (2 * window_size[1] - 1)


@checked(
    holds(
        lambda positions, window_size: positions == _offsets(window_size),
        lambda window_size: (
            f"it has (2·{window_size[0]} − 1)·(2·{window_size[1]} − 1) = "
            f"{_offsets(window_size)} rows, one per offset"
        ),
        came=lambda table, window_size: (
            f"a table of shape {tuple(table.shape)} came for a "
            f"{window_size[0]}×{window_size[1]} window"
        ),
        mend="make the table for this window_size, or resample the one there is",
    ),
    room(lambda heads, window_size: heads * cells(window_size) ** 2, "the bias of all pairs"),
)
@replaceable
def relative_position_bias(
    table: Float[Tensor, "positions heads"], *, window_size: Size
) -> Float[Tensor, "heads n n"]:
    """Spread a table of one value per offset and head over all pairs of cells of a window.

    Shape: ((2wh − 1) · (2ww − 1), heads) -> (heads, n, n). Paper: Swin equation (4), B.
    Raises: ShapeError where the table belongs to another window.

    >>> table = torch.arange(5.0).reshape(5, 1)
    >>> relative_position_bias(table, window_size=(1, 3))[0].tolist()
    [[2.0, 1.0, 0.0], [3.0, 2.0, 1.0], [4.0, 3.0, 2.0]]
    """
    # which row of the table belongs to each pair of cells
    index = relative_position_index(window_size, device=table.device)
    # one bias per pair and head
    return rearrange(table[index], "i j heads -> heads i j")


@checked(
    channels_by_four,
    room(lambda size, channels: cells(size) * channels, "the position of all cells"),
)
@cached
def sine_position(
    size: Size,
    *,
    channels: Positive,
    temperature: Annotated[float, AtLeast(1.0)] = 10000.0,
    device: torch.device | str | None = None,
    dtype: FloatDtype = torch.float32,
) -> Float[Tensor, "h w channels"]:
    """Sines and cosines of the place: the first half of the channels tells y, the second x.

    Places are counted from 1 and scaled so that the last one is 2π. Channels 2k and 2k + 1 of a
    half hold sine and cosine at wavelength factor temperature^(4k / channels). Cached.
    Shape: -> (h, w, channels). Paper: DETR (arXiv 2005.12872) appendix A.4, as GMFlow uses it.
    Raises: ConfigError where 4 does not divide `channels`.

    >>> sine_position((2, 3), channels=8).shape
    torch.Size([2, 3, 8])
    """
    half = channels // 2
    exact = torch.promote_types(dtype, torch.float32)
    # how many cells each pair of channels takes for one wave
    pair = torch.arange(half, device=device) // 2
    wavelength = temperature ** (2 * pair.to(exact) / half)
    halves = []
    for side, spread in zip(
        size, ("side half -> side 1 half", "side half -> 1 side half"), strict=True
    ):
        # the place, from 1, as an angle whose last one is 2π
        at = torch.arange(1, side + 1, device=device, dtype=exact)
        angle = (at / (side + 1e-6) * 2 * math.pi)[:, None] / wavelength
        # sine and cosine by turns
        waves = torch.stack([angle[:, 0::2].sin(), angle[:, 1::2].cos()], dim=-1).flatten(1)
        # for every cell of the map
        halves.append(rearrange(waves, spread).expand(*size, half))
    # first what tells y, then what tells x
    position, _ = pack(halves, "h w *")
    # in the dtype asked for
    return position.to(dtype)

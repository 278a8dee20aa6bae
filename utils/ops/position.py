"""Where a token is: relative position inside a window, sine position on a map."""

import math
from functools import lru_cache

import torch
from einops import pack, rearrange
from jaxtyping import Float, Int
from torch import Tensor

from utils.errors import ConfigError, ShapeError
from utils.ops._check import Size, check_size, resolve


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
    check_size(window_size, name="window_size")
    place = resolve(device)
    return _relative_position_index(tuple(window_size), place)


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
    check_size(window_size, name="window_size")
    wh, ww = window_size
    positions = (2 * wh - 1) * (2 * ww - 1)
    if table.ndim != 2 or table.shape[0] != positions:
        raise ShapeError(
            f"a table of shape {tuple(table.shape)} came for a {wh}×{ww} window",
            allowed=f"it has (2·{wh} − 1)·(2·{ww} − 1) = {positions} rows, one per offset",
            mend="make the table for this window_size, or resample the one there is",
        )
    n = wh * ww
    index = relative_position_index(window_size, device=table.device)
    # index_select of the flat index is several times faster than table[index].
    picked = table.index_select(0, index.reshape(-1))
    return rearrange(picked, "(i j) heads -> heads i j", i=n).contiguous()


def sine_position(
    size: Size,
    *,
    channels: int,
    temperature: float = 10000.0,
    device: torch.device | str | None = None,
    dtype: torch.dtype = torch.float32,
) -> Float[Tensor, "h w channels"]:
    """Sines and cosines of the place: the first half of the channels tells y, the second x.

    Places are counted from 1 and scaled so that the last one is 2π. Channels 2k and 2k + 1 of a
    half hold sine and cosine at wavelength factor temperature^(4k / channels). Cached.
    Shape: -> (h, w, channels). Paper: DETR (arXiv 2005.12872) appendix A.4, as GMFlow uses it.
    Raises: ConfigError where 4 does not divide `channels`.

    >>> sine_position((2, 3), channels=8).shape
    torch.Size([2, 3, 8])
    """
    check_size(size, name="size")
    if not isinstance(channels, int) or channels < 4 or channels % 4:
        raise ConfigError(
            f"{channels!r} channels came",
            allowed="the sine position needs a multiple of 4: sine and cosine for y and for x",
            mend="pass the width of the features, 128 for GMFlow",
        )
    place = resolve(device)
    return _sine_position(tuple(size), channels, float(temperature), place, dtype)


@lru_cache(maxsize=64)
def _relative_position_index(window_size: Size, device: torch.device) -> Int[Tensor, "n n"]:
    wh, ww = window_size
    with torch.inference_mode(False):  # see masks.py
        y = torch.arange(wh, device=device).repeat_interleave(ww)
        x = torch.arange(ww, device=device).repeat(wh)
        dy = y[:, None] - y[None, :] + wh - 1
        dx = x[:, None] - x[None, :] + ww - 1
        return dy * (2 * ww - 1) + dx


@lru_cache(maxsize=64)
def _sine_position(
    size: Size, channels: int, temperature: float, device: torch.device, dtype: torch.dtype
) -> Float[Tensor, "h w channels"]:
    h, w = size
    half = channels // 2
    exact = torch.float32 if dtype.itemsize < 4 or _is_mps(device) else torch.float64
    with torch.inference_mode(False):
        pair = torch.arange(half, device=device) // 2
        wavelength = temperature ** (2 * pair.to(exact) / half)
        halves = []
        for side, axis in ((h, 0), (w, 1)):
            at = torch.arange(1, side + 1, device=device, dtype=exact)
            angle = (at / (side + 1e-6) * 2 * math.pi)[:, None] / wavelength
            waves = torch.stack([angle[:, 0::2].sin(), angle[:, 1::2].cos()], dim=-1).flatten(1)
            spread = waves[:, None, :] if axis == 0 else waves[None, :, :]
            halves.append(spread.expand(h, w, half))
        position, _ = pack(halves, "h w *")
        return position.to(dtype)


def _is_mps(device: torch.device) -> bool:
    return device.type == "mps"

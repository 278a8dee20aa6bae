"""Attention of every place to its own neighborhood, a square of (2 · radius + 1)² places."""

from typing import Literal

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from utils.errors import ConfigError
from utils.ops._check import check_map
from utils.ops.attention import attention
from utils.ops.pad import crop, pad_to_multiple
from utils.ops.splits import _check_places
from utils.ops.windows import merge_windows, partition_windows

# Queries are taken in tiles of 8 × 8, each with the keys of the tile and a rim of `radius`.
TILE = (8, 8)
# What the official code writes over scores of places outside the map.
NEVER = -1e9


Outside = Literal["masked", "zero"]


def local_attention(
    q: Float[Tensor, "b h w d"],
    k: Float[Tensor, "b h w d"],
    v: Float[Tensor, "b h w e"],
    *,
    radius: int,
    outside: Outside = "masked",
) -> Float[Tensor, "b h w e"]:
    """softmax(q kᵀ / √d) v, where the keys of a place are at most `radius` away on each axis.

    `outside="masked"`: places outside the map are no keys (GMFlow's matching); `"zero"`: they are
    keys of zeros with values of zeros, and take part in the softmax (GMFlow's propagation).
    Computed by tiles with their rim, so that memory grows with h · w and not with its square or
    with the size of the neighborhood times the channels.
    Shape: (b, h, w, d), (b, h, w, d), (b, h, w, e) -> (b, h, w, e).
    Paper: GMFlow section 3.4. Raises: ConfigError for a radius below 1 or an unknown `outside`.

    >>> zeros, v = torch.zeros(1, 1, 4, 1), torch.tensor([1.0, 2.0, 3.0, 4.0]).reshape(1, 1, 4, 1)
    >>> local_attention(zeros, zeros, v, radius=1).flatten().tolist()
    [1.5, 2.0, 3.0, 3.5]
    """
    for x in (q, k, v):
        check_map(x)
    _check_places(q, k, v)
    _check_settings(radius, outside)
    size = (q.shape[1], q.shape[2])
    tiles = partition_windows(pad_to_multiple(q, multiple=TILE), window_size=TILE)
    keys, values = (_with_rim(x, radius) for x in (k, v))
    bias = _reach(radius, q.device, q.dtype)
    if outside == "masked":
        is_inside = _with_rim(q.new_ones(1, *size, 1), radius)
        is_inside = rearrange(is_inside, "nh nw 1 m 1 -> nh nw 1 1 m") > 0
        bias = bias.masked_fill(~is_inside, NEVER)  # (nh, nw, 1, n, m)
    # As in split attention, the batch stands where other models have heads.
    out = attention(rearrange(tiles, "b nh nw n d -> nh nw b n d"), keys, values, bias=bias)
    out = merge_windows(rearrange(out, "nh nw b n e -> b nh nw n e"), window_size=TILE)
    return crop(out, size=size)


def _with_rim(x: Float[Tensor, "b h w c"], radius: int) -> Float[Tensor, "nh nw b m c"]:
    """Every tile with `radius` more places on each side; outside the map there are zeros."""
    x = pad_to_multiple(x, multiple=TILE)
    x = functional.pad(x, (0, 0, radius, radius, radius, radius))
    th, tw = TILE
    tiles = x.unfold(1, th + 2 * radius, th).unfold(2, tw + 2 * radius, tw)
    return rearrange(tiles, "b nh nw c mh mw -> nh nw b (mh mw) c")


def _reach(radius: int, device: torch.device, dtype: torch.dtype) -> Float[Tensor, "n m"]:
    """0 where a key of the tile with its rim is near enough to a query of the tile."""
    near = [_near(side, radius, device) for side in TILE]
    both = near[0][:, None, :, None] & near[1][None, :, None, :]
    both = rearrange(both, "y x my mx -> (y x) (my mx)")
    return torch.zeros(both.shape, device=device, dtype=dtype).masked_fill(~both, NEVER)


def _near(side: int, radius: int, device: torch.device) -> Tensor:
    query = torch.arange(side, device=device)[:, None]
    key = torch.arange(-radius, side + radius, device=device)[None, :]
    return (query - key).abs() <= radius


def _check_settings(radius: int, outside: str) -> None:
    if not isinstance(radius, int) or radius < 1:
        raise ConfigError(
            f"radius {radius!r} came",
            allowed="a radius is a whole number of at least 1",
            mend="pass radius=4, the published one for matching",
        )
    if outside not in ("masked", "zero"):
        raise ConfigError(
            f"outside {outside!r} came",
            allowed="outside is one of masked, zero",
            mend="pass outside='masked', the default",
        )

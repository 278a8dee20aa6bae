"""Attention to a neighborhood by tiles with a rim, instead of one square per place."""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from utils.ops.attention import attention
from utils.ops.local_attention import local_attention
from utils.ops.pad import crop, pad_to_multiple
from utils.ops.windows import merge_windows, partition_windows
from utils.switch import fast_form

# Queries are taken in tiles of 8 × 8, each with the keys of the tile and a rim of `radius`.
TILE = (8, 8)
# Over scores of places that are no keys: not −∞, since a query in the padding has no other keys.
NEVER = -1e9


@fast_form(local_attention, hides="scores weights")
def tiled_attention(
    q: Tensor, k: Tensor, v: Tensor, *, radius: int, outside: str = "masked"
) -> Tensor:
    """The keys around a whole tile of queries at once; a mask leaves each query its square.

    Gains: memory that grows with h · w and not with the size of the neighborhood times the
    channels; one product per tile. Costs: products with keys that are masked, most for a large
    radius. Assumes: nothing.
    """
    size = (q.shape[1], q.shape[2])
    tiles = partition_windows(pad_to_multiple(q, multiple=TILE), window_size=TILE)
    keys, values = (_with_rim(x, radius) for x in (k, v))
    bias = _reach(radius, q.device, q.dtype)
    if outside == "masked":
        is_inside = _with_rim(q.new_ones(1, *size, 1), radius)
        is_inside = rearrange(is_inside, "nh nw 1 m 1 -> nh nw 1 1 m") > 0
        bias = bias.masked_fill(~is_inside, _never(q.dtype))  # (nh, nw, 1, n, m)
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
    return torch.zeros(both.shape, device=device, dtype=dtype).masked_fill(~both, _never(dtype))


def _near(side: int, radius: int, device: torch.device) -> Tensor:
    query = torch.arange(side, device=device)[:, None]
    key = torch.arange(-radius, side + radius, device=device)[None, :]
    return (query - key).abs() <= radius


def _never(dtype: torch.dtype) -> float:
    return max(NEVER, torch.finfo(dtype).min)

"""Windows by their number: the map is cut into splits × splits windows, however large it is."""

import torch
from einops import rearrange, repeat
from jaxtyping import Float
from torch import Tensor

from utils.contracts import FloatDtype, Positive, Size, checked, room
from utils.ops._rules import (
    cells,
    channels_by_four,
    q_k_v_of_one_dtype,
    splits_divide_map,
    splits_divide_size,
)
from utils.ops.attention import attention
from utils.ops.masks import shift_mask_by_count, window_of_count
from utils.ops.position import sine_position
from utils.ops.shift import cyclic_shift, cyclic_unshift
from utils.ops.windows import merge_windows, partition_windows
from utils.switch import replaceable


@checked(
    splits_divide_size,
    channels_by_four,
    room(lambda size, channels: cells(size) * channels, "the position of all cells"),
)
def sine_position_by_count(
    size: Size,
    *,
    splits: Positive,
    channels: Positive,
    device: torch.device | str | None = None,
    dtype: FloatDtype = torch.float32,
) -> Float[Tensor, "h w channels"]:
    """The sine position of one window, repeated in every window of the map.

    Shape: -> (h, w, channels). Paper: GMFlow section 3.2; the official code adds it to both
    frames. Raises: ConfigError where splits does not divide the map, or 4 not the channels.

    >>> position = sine_position_by_count((4, 6), splits=2, channels=8)
    >>> torch.equal(position[:2, :3], position[2:, 3:])
    True
    """
    window_size = window_of_count(size, splits=splits)
    # the position inside one window, the same in all
    position = sine_position(window_size, channels=channels, device=device, dtype=dtype)
    # repeated in every window
    return repeat(position, "wh ww c -> (nh wh) (nw ww) c", nh=splits, nw=splits)


@checked(
    q_k_v_of_one_dtype,
    splits_divide_map,
    room(
        lambda b, h, w, splits: b * (h * w) ** 2 // splits**2,
        "the weights of all windows",
        fast=True,
    ),
)
@replaceable
def split_attention(
    q: Float[Tensor, "b h w d"],
    k: Float[Tensor, "b h w d"],
    v: Float[Tensor, "b h w e"],
    *,
    splits: Positive,
    shift: bool = False,
) -> Float[Tensor, "b h w e"]:
    """Attention inside each of splits × splits windows; `shift` moves them by half a window.

    With the shift the map is rolled, cut, and masked where cells of one window were no neighbors
    before. The weights can be watched as "weights": (nh, nw, b, n, n).
    With splits=1 everything attends to everything and there is nothing to shift.
    Shape: (b, h, w, d), (b, h, w, d), (b, h, w, e) -> (b, h, w, e), one head.
    Paper: GMFlow section 3.2. Raises: ConfigError where splits does not divide the map.

    >>> x = torch.arange(4.0).reshape(1, 1, 4, 1)
    >>> split_attention(torch.zeros(1, 4, 4, 1), torch.zeros(1, 4, 4, 1),
    ...                 x.expand(1, 4, 4, 1), splits=2)[0, 0, :, 0].tolist()
    [0.5, 0.5, 2.5, 2.5]
    """
    size = (q.shape[1], q.shape[2])
    window_size = window_of_count(size, splits=splits)
    if shift and splits > 1:
        half = (window_size[0] // 2, window_size[1] // 2)
        # who was no neighbor before
        mask = shift_mask_by_count(size, splits=splits, device=q.device, dtype=q.dtype)
        # The published −100 lets something through where scores differ by as much (measured in
        # untrained models): here it is −∞.
        mask = rearrange(mask.masked_fill(mask < 0, float("-inf")), "nh nw i j -> nh nw 1 i j")
        # half a window up and left
        q, k, v = (cyclic_shift(x, shift_size=half) for x in (q, k, v))
        out = _within(window_size, q, k, v, mask=mask)
        # shifted back
        return cyclic_unshift(out, shift_size=half)
    return _within(window_size, q, k, v)


def _within(
    window_size: Size, q: Tensor, k: Tensor, v: Tensor, *, mask: Tensor | None = None
) -> Tensor:
    """Attention inside the windows of a map, whether shifted or not."""
    # the windows; the frames of the batch stand where other models have heads: they share one mask
    q, k, v = (
        rearrange(partition_windows(x, window_size=window_size), "b nh nw n c -> nh nw b n c")
        for x in (q, k, v)
    )
    # every window for itself
    out = rearrange(attention(q, k, v, bias=mask), "nh nw b n c -> b nh nw n c")
    # back to a map
    return merge_windows(out, window_size=window_size)

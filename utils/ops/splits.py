"""Windows by their number: the map is cut into splits × splits windows, however large it is."""

import torch
from einops import rearrange, repeat
from jaxtyping import Float
from torch import Tensor

from utils.errors import ShapeError
from utils.ops._check import Size, check_map
from utils.ops.attention import attention
from utils.ops.masks import shift_mask_by_count, window_of_count
from utils.ops.position import sine_position
from utils.ops.shift import cyclic_shift, cyclic_unshift
from utils.ops.windows import merge_windows, partition_windows
from utils.tap import is_watched

Strip = tuple[int, int, int]  # (first, last + 1, side of the windows in it)


def sine_position_by_count(
    size: Size,
    *,
    splits: int,
    channels: int,
    device: torch.device | str | None = None,
    dtype: torch.dtype = torch.float32,
) -> Float[Tensor, "h w channels"]:
    """The sine position of one window, repeated in every window of the map.

    Shape: -> (h, w, channels). Paper: GMFlow section 3.2; the official code adds it to both
    frames. Raises: ConfigError where splits does not divide the map, or 4 not the channels.

    >>> position = sine_position_by_count((4, 6), splits=2, channels=8)
    >>> torch.equal(position[:2, :3], position[2:, 3:])
    True
    """
    window_size = window_of_count(size, splits=splits)
    position = sine_position(window_size, channels=channels, device=device, dtype=dtype)
    return repeat(position, "wh ww c -> (nh wh) (nw ww) c", nh=splits, nw=splits)


def split_attention(
    q: Float[Tensor, "b h w d"],
    k: Float[Tensor, "b h w d"],
    v: Float[Tensor, "b h w e"],
    *,
    splits: int,
    shift: bool = False,
) -> Float[Tensor, "b h w e"]:
    """Attention inside each of splits × splits windows; `shift` moves them by half a window.

    Watched, it rolls the map and masks what were no neighbors, as published, and the weights can
    be seen as "weights": (nh, nw, b, n, n). Unwatched, the shifted windows are cut out of the map
    where they really lie: whole windows inside, parts of one at the rim. That is the same
    without a mask of n² values per window (2.4 GB for frames of 1536×2048) and with fewer products.
    With splits=1 everything attends to everything and there is nothing to shift.
    Shape: (b, h, w, d), (b, h, w, d), (b, h, w, e) -> (b, h, w, e), one head.
    Paper: GMFlow section 3.2. Raises: ConfigError where splits does not divide the map.

    >>> x = torch.arange(4.0).reshape(1, 1, 4, 1)
    >>> split_attention(torch.zeros(1, 4, 4, 1), torch.zeros(1, 4, 4, 1),
    ...                 x.expand(1, 4, 4, 1), splits=2)[0, 0, :, 0].tolist()
    [0.5, 0.5, 2.5, 2.5]
    """
    for x in (q, k, v):
        check_map(x)
    _check_places(q, k, v)
    size = (q.shape[1], q.shape[2])
    window_size = window_of_count(size, splits=splits)
    shift_size = (window_size[0] // 2, window_size[1] // 2)
    if splits == 1 or not shift or not any(shift_size):
        return _attend(q, k, v, window_size)
    if is_watched("weights"):
        mask = shift_mask_by_count(size, splits=splits, device=q.device, dtype=q.dtype)
        q, k, v = (cyclic_shift(x, shift_size=shift_size) for x in (q, k, v))
        # The published −100 lets something through where scores differ by as much (measured in
        # untrained models); −∞ keeps this path equal to the one below for all features.
        mask = rearrange(mask.masked_fill(mask < 0, float("-inf")), "nh nw i j -> nh nw 1 i j")
        out = _attend(q, k, v, window_size, mask)
        return cyclic_unshift(out, shift_size=shift_size)
    rows, columns = (
        _strips(side, window, by)
        for side, window, by in zip(size, window_size, shift_size, strict=True)
    )
    return torch.cat(
        [
            torch.cat([_attend_in(q, k, v, row, column) for column in columns], dim=2)
            for row in rows
        ],
        dim=1,
    )


def _attend(
    q: Tensor, k: Tensor, v: Tensor, window_size: Size, mask: Tensor | None = None
) -> Tensor:
    # The frames of the batch stand where other models have heads: they share one mask, and every
    # rearrangement after the cutting is a view.
    q, k, v = (
        rearrange(partition_windows(x, window_size=window_size), "b nh nw n c -> nh nw b n c")
        for x in (q, k, v)
    )
    out = rearrange(attention(q, k, v, bias=mask), "nh nw b n c -> b nh nw n c")
    return merge_windows(out, window_size=window_size)


def _attend_in(q: Tensor, k: Tensor, v: Tensor, row: Strip, column: Strip) -> Tensor:
    (top, bottom, wh), (left, right, ww) = row, column
    q, k, v = (x[:, top:bottom, left:right] for x in (q, k, v))
    return _attend(q, k, v, (wh, ww))


def _strips(side: int, window: int, shift: int) -> list[Strip]:
    """Where shifted windows lie on one axis of the map: half a one, whole ones, half a one."""
    if shift == 0:
        return [(0, side, window)]
    last = side - window + shift
    strips = [(0, shift, shift), (shift, last, window), (last, side, window - shift)]
    return [strip for strip in strips if strip[0] < strip[1]]


def _check_places(q: Tensor, k: Tensor, v: Tensor) -> None:
    if not q.shape[:3] == k.shape[:3] == v.shape[:3]:
        raise ShapeError(
            f"maps of shapes {tuple(q.shape)}, {tuple(k.shape)}, {tuple(v.shape)} came",
            allowed="q, k and v have the same b, h and w",
            mend="bring both frames to one size first",
        )

"""Which cells of a padded window are padding, so that nobody looks at them."""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor

from utils.caching import cached
from utils.contracts import FloatDtype, Size, checked, room
from utils.ops._rules import cells, padded
from utils.ops.pad import pad_to_multiple
from utils.ops.windows import Kind, partition_windows


@checked(
    room(
        lambda size, window_size: padded(size, window_size) * cells(window_size),
        "the mask of all windows",
    ),
)
@cached
def padding_mask(
    size: Size,
    *,
    window_size: Size,
    kind: Kind = "window",
    device: torch.device | str | None = None,
    dtype: FloatDtype = torch.float32,
) -> Float[Tensor, "nh nw n n"]:
    """What to add to the scores of a map padded below and right: 0 for its cells, −∞ for the rest.

    `size` is the map's before padding. −∞, not −100: whatever stands in the padding, its weight is
    exactly 0. No group, of neither kind, is padding alone, so every query has a key.
    Shape: -> (nh, nw, wh · ww, wh · ww), query first, then key. The result is cached: do not
    write into it. Raises: ConfigError.

    >>> padding_mask((1, 3), window_size=(1, 2))[0, :, 0].tolist()
    [[0.0, 0.0], [0.0, -inf]]
    >>> padding_mask((1, 3), window_size=(1, 2), kind="grid")[0, :, 0].tolist()
    [[0.0, 0.0], [0.0, -inf]]
    """
    # 1 where the map is, 0 where it was padded
    there = torch.ones(1, *size, 1, device=device, dtype=dtype)
    there = pad_to_multiple(there, multiple=window_size)
    # the same, group by group
    windows = partition_windows(there, window_size=window_size, kind=kind)
    keys = rearrange(windows, "1 nh nw j 1 -> nh nw 1 j")
    # no query looks at a key that is padding
    mask = torch.zeros_like(keys).masked_fill(keys == 0, float("-inf"))
    return mask.expand(-1, -1, keys.shape[-1], -1)

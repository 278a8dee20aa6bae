"""Which cells of a padded window are padding, so that nobody looks at them."""

from functools import lru_cache

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor

from utils.ops._check import Size, check_size, resolve
from utils.ops.pad import pad_to_multiple
from utils.ops.windows import Kind, partition_windows


def padding_mask(
    size: Size,
    *,
    window_size: Size,
    kind: Kind = "window",
    device: torch.device | str | None = None,
    dtype: torch.dtype = torch.float32,
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
    check_size(size, name="size")
    check_size(window_size, name="window_size")
    return _padding_mask(tuple(size), tuple(window_size), kind, resolve(device), dtype)


@lru_cache(maxsize=64)
def _padding_mask(
    size: Size, window_size: Size, kind: Kind, device: torch.device, dtype: torch.dtype
) -> Float[Tensor, "nh nw n n"]:
    # A tensor born in inference mode could not be used in training later.
    with torch.inference_mode(False):
        there = torch.ones(1, *size, 1, device=device, dtype=dtype)
        there = pad_to_multiple(there, multiple=window_size)
        windows = partition_windows(there, window_size=window_size, kind=kind)
        keys = rearrange(windows, "1 nh nw j 1 -> nh nw 1 j")
        mask = torch.zeros_like(keys).masked_fill(keys == 0, float("-inf"))
        return mask.expand(-1, -1, keys.shape[-1], -1)

"""Which cells of a shifted window really were neighbors before the shift."""

from functools import lru_cache

import torch
from einops import rearrange
from jaxtyping import Float, Int
from torch import Tensor

from utils.errors import ConfigError
from utils.ops._check import Size, check_divides, check_shift, check_size, resolve
from utils.ops.windows import partition_windows

# What is added where a cell may not look: exp(−100) is 0 in float32 next to any ordinary score.
# The official Swin code uses the same number.
FORBIDDEN = -100.0


def region_labels(
    size: Size, *, window_size: Size, shift_size: Size, device: torch.device | str | None = None
) -> Int[Tensor, "h w"]:
    """Number the regions of a map *after* the cyclic shift: equal labels, true neighbors.

    Each axis falls into three strips: untouched by the roll, the rest of the last window, and
    what came in from the other side. An axis without a shift is one strip. label = 3 · strip of
    rows + strip of columns, so labels are 0..8.
    Shape: -> (h, w). Paper: Swin figure 4. Raises: ShapeError, ConfigError.

    >>> region_labels((4, 4), window_size=(2, 2), shift_size=(1, 1)).tolist()
    [[0, 0, 1, 2], [0, 0, 1, 2], [3, 3, 4, 5], [6, 6, 7, 8]]
    """
    check_size(size, name="size")
    check_divides(size, window_size)
    check_shift(shift_size, window_size)
    rows, columns = (
        _strips(side, window, shift, device)
        for side, window, shift in zip(size, window_size, shift_size, strict=True)
    )
    return 3 * rows[:, None] + columns[None, :]


def shift_mask(
    size: Size,
    *,
    window_size: Size,
    shift_size: Size,
    device: torch.device | str | None = None,
    dtype: torch.dtype = torch.float32,
) -> Float[Tensor, "nh nw n n"]:
    """What to add to the scores of shifted windows: 0 within a region, −100 across.

    Shape: -> (nh, nw, wh · ww, wh · ww), query first, then key. The result is cached: do not
    write into it. Paper: Swin section 3.2. Raises: ShapeError, ConfigError.

    >>> mask = shift_mask((4, 4), window_size=(2, 2), shift_size=(1, 1))
    >>> mask.shape, mask[0, 1, 0].tolist()
    (torch.Size([2, 2, 4, 4]), [0.0, -100.0, 0.0, -100.0])
    """
    check_size(size, name="size")  # before the cache: to it, 1.0 is the same as 1
    check_divides(size, window_size)
    check_shift(shift_size, window_size)
    place = resolve(device)
    return _shift_mask(tuple(size), tuple(window_size), tuple(shift_size), place, dtype)


def shift_mask_by_count(
    size: Size,
    *,
    splits: int,
    device: torch.device | str | None = None,
    dtype: torch.dtype = torch.float32,
) -> Float[Tensor, "splits splits n n"]:
    """The same mask for a *count* of windows: window = size // splits, shift = half a window.

    Shape: -> (splits, splits, n, n) with n = (h // splits) · (w // splits).
    Paper: GMFlow (arXiv 2111.13680) section 3.1. Raises: ShapeError, ConfigError.

    >>> shift_mask_by_count((8, 12), splits=2).shape
    torch.Size([2, 2, 24, 24])
    """
    window_size = window_of_count(size, splits=splits)
    shift_size = (window_size[0] // 2, window_size[1] // 2)
    return shift_mask(
        size, window_size=window_size, shift_size=shift_size, device=device, dtype=dtype
    )


def window_of_count(size: Size, *, splits: int) -> Size:
    """The window of a map cut into `splits` × `splits` equal windows.

    Raises: ConfigError for a count that is no whole number ≥ 1 or does not divide the map.

    >>> window_of_count((8, 12), splits=2)
    (4, 6)
    """
    check_size(size, name="size")
    if not isinstance(splits, int) or splits < 1 or size[0] % splits or size[1] % splits:
        raise ConfigError(
            f"{splits!r} splits of a {size[0]}×{size[1]} map came",
            allowed="splits is a whole number that divides both sides",
            mend="pass splits=1, or pad the map to a multiple (pad_to_multiple does)",
        )
    return size[0] // splits, size[1] // splits


def _strips(
    side: int, window: int, shift: int, device: torch.device | str | None
) -> Int[Tensor, "side"]:
    at = torch.arange(side, device=device)
    if shift == 0:
        return torch.zeros_like(at)
    return (at >= side - window).long() + (at >= side - shift).long()


@lru_cache(maxsize=64)
def _shift_mask(
    size: Size,
    window_size: Size,
    shift_size: Size,
    device: torch.device,
    dtype: torch.dtype,
) -> Float[Tensor, "nh nw n n"]:
    # A tensor born in inference mode could not be used in training later.
    with torch.inference_mode(False):
        labels = region_labels(size, window_size=window_size, shift_size=shift_size, device=device)
        windows = partition_windows(rearrange(labels, "h w -> 1 h w 1"), window_size=window_size)
        labels = rearrange(windows, "1 nh nw n 1 -> nh nw n")
        differs = labels[..., :, None] != labels[..., None, :]
        return differs.to(dtype) * FORBIDDEN + 0.0  # + 0.0 turns −0 into 0

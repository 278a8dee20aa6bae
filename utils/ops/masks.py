"""Which cells of a shifted window really were neighbors before the shift."""

import torch
from einops import rearrange
from jaxtyping import Float, Int
from torch import Tensor

from utils.caching import cached
from utils.contracts import FloatDtype, Positive, Size, checked, room
from utils.ops._rules import (
    cells,
    shift_below_window,
    splits_divide_size,
    windows_fill_size,
)
from utils.ops.windows import partition_windows

# What is added where a cell may not look: exp(−100) is 0 in float32 next to any ordinary score.
# The official Swin code uses the same number.
FORBIDDEN = -100.0

Shift = tuple[int, int]  # (up, left), in cells


@checked(windows_fill_size, shift_below_window, room(cells, "the labels of all cells"))
def region_labels(
    size: Size, *, window_size: Size, shift_size: Shift, device: torch.device | str | None = None
) -> Int[Tensor, "h w"]:
    """Number the regions of a map *after* the cyclic shift: equal labels, true neighbors.

    Each axis falls into three strips: untouched by the roll, the rest of the last window, and
    what came in from the other side. An axis without a shift is one strip. label = 3 · strip of
    rows + strip of columns, so labels are 0..8.
    Shape: -> (h, w). Paper: Swin figure 4. Raises: ShapeError, ConfigError.

    >>> region_labels((4, 4), window_size=(2, 2), shift_size=(1, 1)).tolist()
    [[0, 0, 1, 2], [0, 0, 1, 2], [3, 3, 4, 5], [6, 6, 7, 8]]
    """
    strips = []
    for side, window, shift in zip(size, window_size, shift_size, strict=True):
        # every row, or every column
        at = torch.arange(side, device=device)
        # 0: untouched by the roll; 1: the rest of the last window; 2: came in from the other side
        strip = (at >= side - window).long() + (at >= side - shift).long()
        # without a shift, one strip
        strips.append(strip if shift else torch.zeros_like(at))
    rows, columns = strips
    # one number for both strips
    return 3 * rows[:, None] + columns[None, :]


@checked(
    windows_fill_size,
    shift_below_window,
    room(lambda size, window_size: cells(size) * cells(window_size), "the mask of all windows"),
)
@cached
def shift_mask(
    size: Size,
    *,
    window_size: Size,
    shift_size: Shift,
    device: torch.device | str | None = None,
    dtype: FloatDtype = torch.float32,
) -> Float[Tensor, "nh nw n n"]:
    """What to add to the scores of shifted windows: 0 within a region, −100 across.

    Shape: -> (nh, nw, wh · ww, wh · ww), query first, then key. The result is cached: do not
    write into it. Paper: Swin section 3.2. Raises: ShapeError, ConfigError.

    >>> mask = shift_mask((4, 4), window_size=(2, 2), shift_size=(1, 1))
    >>> mask.shape, mask[0, 1, 0].tolist()
    (torch.Size([2, 2, 4, 4]), [0.0, -100.0, 0.0, -100.0])
    """
    # which strip of rows and which strip of columns each cell of the rolled map lies in
    labels = region_labels(size, window_size=window_size, shift_size=shift_size, device=device)
    # the same, window by window
    windows = partition_windows(rearrange(labels, "h w -> 1 h w 1"), window_size=window_size)
    labels = rearrange(windows, "1 nh nw n 1 -> nh nw n")
    # pairs of cells that were no neighbors before the shift
    differs = labels[..., :, None] != labels[..., None, :]
    # 0 for neighbors, −100 for others
    return torch.zeros(differs.shape, device=device, dtype=dtype).masked_fill(differs, FORBIDDEN)


@checked(
    splits_divide_size,
    room(lambda size, splits: cells(size) ** 2 // splits**2, "the mask of all windows"),
)
def shift_mask_by_count(
    size: Size,
    *,
    splits: Positive,
    device: torch.device | str | None = None,
    dtype: FloatDtype = torch.float32,
) -> Float[Tensor, "splits splits n n"]:
    """The same mask for a *count* of windows: window = size // splits, shift = half a window.

    Shape: -> (splits, splits, n, n) with n = (h // splits) · (w // splits).
    Paper: GMFlow (arXiv 2111.13680) section 3.1. Raises: ShapeError, ConfigError.

    >>> shift_mask_by_count((8, 12), splits=2).shape
    torch.Size([2, 2, 24, 24])
    """
    window_size = window_of_count(size, splits=splits)
    shift_size = (window_size[0] // 2, window_size[1] // 2)
    # shifted by half a window
    return shift_mask(
        size, window_size=window_size, shift_size=shift_size, device=device, dtype=dtype
    )


@checked(splits_divide_size)
def window_of_count(size: Size, *, splits: Positive) -> Size:
    """The window of a map cut into `splits` × `splits` equal windows.

    Raises: ConfigError for a count that is no whole number ≥ 1 or does not divide the map.

    >>> window_of_count((8, 12), splits=2)
    (4, 6)
    """
    return size[0] // splits, size[1] // splits

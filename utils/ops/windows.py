"""Cut a feature map into groups that attend among themselves, and put it together again.

Window, grid and axial attention are one idea with different groups:

- window: neighbors; Swin's windows and MaxViT's blocks (arXiv 2103.14030, 3.2; 2204.01697, 3.2)
- grid: one cell out of every stride, so that a group spans the whole map (2204.01697, 3.2)
- axial: windows of one row or one column
"""

from typing import Literal

from einops import rearrange
from jaxtyping import Shaped
from torch import Tensor

from utils.errors import ConfigError, ShapeError
from utils.ops._check import Size, check_divides, check_map, check_size

# The two patterns differ in one thing only: which factor of h and of w is the outer one.
BLOCK = "b (nh wh) (nw ww) c -> b nh nw (wh ww) c"
GRID = "b (wh nh) (ww nw) c -> b nh nw (wh ww) c"
PATTERNS = {"window": BLOCK, "grid": GRID}

Kind = Literal["window", "grid"]
Axis = Literal["rows", "columns"]


def partition_windows(
    x: Shaped[Tensor, "b h w c"], *, window_size: Size, kind: Kind = "window"
) -> Shaped[Tensor, "b nh nw n c"]:
    """Cut a map into groups of `n = wh · ww` cells.

    Shape: (b, h, w, c) -> (b, h / wh, w / ww, wh · ww, c). For `kind="grid"` the group (i, j)
    holds the cells (i + p · h / wh, j + q · w / ww) for p < wh, q < ww.
    Paper: Swin section 3.2; MaxViT section 3.2 (block and grid).
    Raises: ShapeError for a map that the windows do not fill, ConfigError for other settings.

    >>> import torch
    >>> x = torch.arange(16).reshape(1, 4, 4, 1)
    >>> partition_windows(x, window_size=(2, 2))[0, 0, 0, :, 0].tolist()
    [0, 1, 4, 5]
    >>> partition_windows(x, window_size=(2, 2), kind="grid")[0, 0, 0, :, 0].tolist()
    [0, 2, 8, 10]
    """
    check_map(x)
    check_divides((x.shape[1], x.shape[2]), window_size)
    return rearrange(x, _pattern(kind), wh=window_size[0], ww=window_size[1])


def merge_windows(
    windows: Shaped[Tensor, "b nh nw n c"], *, window_size: Size, kind: Kind = "window"
) -> Shaped[Tensor, "b h w c"]:
    """Put the groups of `partition_windows` back in their places.

    Shape: (b, nh, nw, wh · ww, c) -> (b, nh · wh, nw · ww, c).
    Raises: ShapeError where n is not wh · ww.

    >>> import torch
    >>> x = torch.arange(24).reshape(1, 4, 6, 1)
    >>> windows = partition_windows(x, window_size=(2, 3), kind="grid")
    >>> torch.equal(merge_windows(windows, window_size=(2, 3), kind="grid"), x)
    True
    """
    check_size(window_size, name="window_size")
    wh, ww = window_size
    if windows.ndim != 5 or windows.shape[3] != wh * ww:
        raise ShapeError(
            f"windows of shape {tuple(windows.shape)} came for window_size {wh}×{ww}",
            allowed=f"they are (b, nh, nw, n, c) with n = {wh}·{ww} = {wh * ww}",
            mend="pass the window_size with which the map was cut",
        )
    cut, joined = _pattern(kind).split(" -> ")
    return rearrange(windows, f"{joined} -> {cut}", wh=wh, ww=ww)


def partition_axis(x: Shaped[Tensor, "b h w c"], *, axis: Axis) -> Shaped[Tensor, "b nh nw n c"]:
    """Cut a map into its rows or its columns: windows of 1×w or h×1.

    Shape: (b, h, w, c) -> (b, h, 1, w, c) for rows, (b, 1, w, h, c) for columns.

    >>> import torch
    >>> x = torch.arange(6).reshape(1, 2, 3, 1)
    >>> partition_axis(x, axis="columns")[0, 0, :, :, 0].tolist()
    [[0, 3], [1, 4], [2, 5]]
    """
    check_map(x)
    return partition_windows(x, window_size=_axis_window((x.shape[1], x.shape[2]), axis))


def merge_axis(windows: Shaped[Tensor, "b nh nw n c"], *, axis: Axis) -> Shaped[Tensor, "b h w c"]:
    """Put the rows or columns of `partition_axis` back.

    Shape: (b, h, 1, w, c) for rows, (b, 1, w, h, c) for columns -> (b, h, w, c).
    """
    n = windows.shape[3]
    return merge_windows(windows, window_size=_axis_window((n, n), axis))


def _axis_window(size: Size, axis: Axis) -> Size:
    if axis not in ("rows", "columns"):
        raise ConfigError(
            f"axis {axis!r} came",
            allowed="an axis is 'rows' or 'columns'",
            mend="pass axis='rows' to let the cells of one row attend to each other",
        )
    return (1, size[1]) if axis == "rows" else (size[0], 1)


def _pattern(kind: Kind) -> str:
    if kind not in PATTERNS:
        raise ConfigError(
            f"kind {kind!r} came",
            allowed="a kind is 'window' (neighbors) or 'grid' (strided)",
            mend="pass kind='window'; rows and columns are cut by partition_axis",
        )
    return PATTERNS[kind]

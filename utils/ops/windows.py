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

from utils.contracts import Size, checked, holds
from utils.ops._rules import windows_fill_map

# The two patterns differ in one thing only: which factor of h and of w is the outer one.
BLOCK = "b (nh wh) (nw ww) c -> b nh nw (wh ww) c"
GRID = "b (wh nh) (ww nw) c -> b nh nw (wh ww) c"
PATTERNS = {"window": BLOCK, "grid": GRID}

Kind = Literal["window", "grid"]
Axis = Literal["rows", "columns"]


@checked(windows_fill_map)
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
    # every group's cells, one after the other
    return rearrange(x, PATTERNS[kind], wh=window_size[0], ww=window_size[1])


@checked(
    holds(
        lambda n, window_size: n == window_size[0] * window_size[1],
        lambda window_size: (
            f"they are (b, nh, nw, n, c) with n = {window_size[0]}·{window_size[1]} = "
            f"{window_size[0] * window_size[1]}"
        ),
        came=lambda windows, window_size: (
            f"windows of shape {tuple(windows.shape)} came for window_size "
            f"{window_size[0]}×{window_size[1]}"
        ),
        mend="pass the window_size with which the map was cut",
    ),
)
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
    cut, joined = PATTERNS[kind].split(" -> ")
    # every cell back at its place
    return rearrange(windows, f"{joined} -> {cut}", wh=window_size[0], ww=window_size[1])


@checked()
def partition_axis(x: Shaped[Tensor, "b h w c"], *, axis: Axis) -> Shaped[Tensor, "b nh nw n c"]:
    """Cut a map into its rows or its columns: windows of 1×w or h×1.

    Shape: (b, h, w, c) -> (b, h, 1, w, c) for rows, (b, 1, w, h, c) for columns.

    >>> import torch
    >>> x = torch.arange(6).reshape(1, 2, 3, 1)
    >>> partition_axis(x, axis="columns")[0, 0, :, :, 0].tolist()
    [[0, 3], [1, 4], [2, 5]]
    """
    return partition_windows(x, window_size=_axis_window((x.shape[1], x.shape[2]), axis))


@checked(
    holds(
        lambda nh, nw, axis: (nw if axis == "rows" else nh) == 1,
        "rows are (b, h, 1, w, c), columns (b, 1, w, h, c)",
        came=lambda windows, axis: f"windows of shape {tuple(windows.shape)} came as {axis}",
        mend="pass what partition_axis made, with the same axis",
    ),
)
def merge_axis(windows: Shaped[Tensor, "b nh nw n c"], *, axis: Axis) -> Shaped[Tensor, "b h w c"]:
    """Put the rows or columns of `partition_axis` back.

    Shape: (b, h, 1, w, c) for rows, (b, 1, w, h, c) for columns -> (b, h, w, c).
    """
    n = windows.shape[3]
    return merge_windows(windows, window_size=_axis_window((n, n), axis))


def _axis_window(size: Size, axis: Axis) -> Size:
    return (1, size[1]) if axis == "rows" else (size[0], 1)

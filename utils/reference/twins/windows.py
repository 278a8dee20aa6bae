"""Cutting a map into groups, one number at a time."""

import numpy as np


def partition_windows(x, *, window_size, kind="window"):
    """Cut a map (b, h, w, c) into groups (b, nh, nw, n, c) by saying where every number goes.

    In a window the cell (p, q) of group (i, j) stands at row i · wh + p, column j · ww + q: a
    group is a patch. In the grid it stands at row p · nh + i, column q · nw + j: a group takes
    one cell of every patch.

    >>> partition_windows([[[[0], [1], [2], [3]]]], window_size=(1, 2))[0, 0, :, :, 0].tolist()
    [[0, 1], [2, 3]]
    >>> grid = partition_windows([[[[0], [1], [2], [3]]]], window_size=(1, 2), kind="grid")
    >>> grid[0, 0, :, :, 0].tolist()
    [[0, 2], [1, 3]]
    """
    x = np.asarray(x)
    b, h, w, c = x.shape
    wh, ww = window_size
    nh, nw = h // wh, w // ww
    out = np.zeros((b, nh, nw, wh * ww, c), dtype=x.dtype)
    for row, column, i, j, n in _places(nh, nw, wh, ww, kind):
        for picture in range(b):
            for channel in range(c):
                out[picture, i, j, n, channel] = x[picture, row, column, channel]
    return out


def merge_windows(windows, *, window_size, kind="window"):
    """Put the groups (b, nh, nw, n, c) back into a map (b, h, w, c).

    >>> merge_windows([[[[[0], [2]], [[1], [3]]]]], window_size=(1, 2), kind="grid")[0, 0, :, 0]
    array([0, 1, 2, 3])
    """
    windows = np.asarray(windows)
    b, nh, nw, _, c = windows.shape
    wh, ww = window_size
    out = np.zeros((b, nh * wh, nw * ww, c), dtype=windows.dtype)
    for row, column, i, j, n in _places(nh, nw, wh, ww, kind):
        for picture in range(b):
            for channel in range(c):
                out[picture, row, column, channel] = windows[picture, i, j, n, channel]
    return out


def partition_axis(x, *, axis):
    """Cut a map (b, h, w, c) into its rows (b, h, 1, w, c) or its columns (b, 1, w, h, c)."""
    x = np.asarray(x)
    b, h, w, c = x.shape
    out = np.zeros((b, h, 1, w, c) if axis == "rows" else (b, 1, w, h, c), dtype=x.dtype)
    for picture in range(b):
        for row in range(h):
            for column in range(w):
                for channel in range(c):
                    value = x[picture, row, column, channel]
                    if axis == "rows":
                        out[picture, row, 0, column, channel] = value
                    else:
                        out[picture, 0, column, row, channel] = value
    return out


def merge_axis(windows, *, axis):
    """Put the rows (b, h, 1, w, c) or columns (b, 1, w, h, c) back into a map (b, h, w, c)."""
    windows = np.asarray(windows)
    b, nh, nw, n, c = windows.shape
    h, w = (nh, n) if axis == "rows" else (n, nw)
    out = np.zeros((b, h, w, c), dtype=windows.dtype)
    for picture in range(b):
        for row in range(h):
            for column in range(w):
                for channel in range(c):
                    place = (row, 0, column) if axis == "rows" else (0, column, row)
                    out[picture, row, column, channel] = windows[(picture, *place, channel)]
    return out


def _places(nh, nw, wh, ww, kind):
    """For every cell: its row and column in the map, its group (i, j) and its number n there."""
    for i in range(nh):
        for j in range(nw):
            for p in range(wh):
                for q in range(ww):
                    row = i * wh + p if kind == "window" else p * nh + i
                    column = j * ww + q if kind == "window" else q * nw + j
                    yield row, column, i, j, p * ww + q

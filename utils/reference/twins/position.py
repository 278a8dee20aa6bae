"""Relative position and the sine position, one number at a time."""

import math

import numpy as np


def relative_position_index(window_size):
    """For every pair of cells of a window, the row of the bias table, (n, n), query first.

    All offsets are listed in reading order, (−(wh − 1), −(ww − 1)) first; the index of a pair is
    the place of its offset in that list.

    >>> relative_position_index((1, 2)).tolist()
    [[1, 0], [2, 1]]
    """
    wh, ww = window_size
    offsets = [(dy, dx) for dy in range(1 - wh, wh) for dx in range(1 - ww, ww)]
    cells = [(y, x) for y in range(wh) for x in range(ww)]
    index = np.zeros((wh * ww, wh * ww), dtype=np.int64)
    for i, (query_y, query_x) in enumerate(cells):
        for j, (key_y, key_x) in enumerate(cells):
            index[i, j] = offsets.index((query_y - key_y, query_x - key_x))
    return index


def relative_position_bias(table, *, window_size):
    """Spread a table (positions, heads) over all pairs of cells: (heads, n, n)."""
    table = np.asarray(table)
    index = relative_position_index(window_size)
    n, heads = len(index), table.shape[1]
    bias = np.zeros((heads, n, n), dtype=table.dtype)
    for head in range(heads):
        for i in range(n):
            for j in range(n):
                bias[head, i, j] = table[index[i, j], head]
    return bias


def sine_position(size, *, channels, temperature=10000.0):
    """Sines and cosines of the place, (h, w, channels): first half y, second half x.

    >>> sine_position((1, 2), channels=4).round(3).tolist()
    [[[-0.0, 1.0, 0.0, -1.0], [-0.0, 1.0, -0.0, 1.0]]]
    """
    h, w = size
    half = channels // 2
    position = np.zeros((h, w, channels))
    for row in range(h):
        for column in range(w):
            for channel in range(channels):
                at, side = (row, h) if channel < half else (column, w)
                place = (at + 1) / (side + 1e-6) * 2 * math.pi
                k = (channel % half) // 2
                angle = place / temperature ** (4 * k / channels)
                wave = math.sin if (channel % half) % 2 == 0 else math.cos
                position[row, column, channel] = wave(angle)
    return position

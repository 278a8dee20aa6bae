"""TensorFlow's "same" padding and the 2×2 mean, one number at a time."""

import numpy as np


def same_padding(size, *, kernel_size, stride=1):
    """Zeros to add until the kernel fits ⌈side / stride⌉ times: one at the end, one before, ...

    >>> same_padding((8, 7), kernel_size=3, stride=2)
    ((0, 1), (1, 1))
    """
    pads = []
    for side in size:
        times = len(range(0, side, stride))
        before = after = 0
        while before + side + after < (times - 1) * stride + kernel_size:
            if after > before:
                before += 1
            else:
                after += 1
        pads.append((before, after))
    return tuple(pads)


def pad_same(x, *, kernel_size, stride=1):
    """A map (b, h, w, c) with those zeros around it."""
    x = np.asarray(x)
    b, h, w, c = x.shape
    rows, columns = same_padding((h, w), kernel_size=kernel_size, stride=stride)
    out = np.zeros((b, sum(rows) + h, sum(columns) + w, c), dtype=x.dtype)
    for picture, row, column, channel in np.ndindex(*x.shape):
        value = x[picture, row, column, channel]
        out[picture, rows[0] + row, columns[0] + column, channel] = value
    return out


def average_squares(x):
    """The mean of each 2×2 square of a map (b, h, w, c), of fewer cells at an odd end.

    >>> average_squares([[[[0.0], [1.0], [2.0]]]])[0, 0, :, 0].tolist()
    [0.5, 2.0]
    """
    x = np.asarray(x)
    b, h, w, c = x.shape
    out = np.zeros((b, (h + 1) // 2, (w + 1) // 2, c))
    for picture, row, column, channel in np.ndindex(*out.shape):
        cells = []
        for y in (2 * row, 2 * row + 1):
            for z in (2 * column, 2 * column + 1):
                if y < h and z < w:
                    cells.append(float(x[picture, y, z, channel]))
        out[picture, row, column, channel] = sum(cells) / len(cells)
    return out

"""The cyclic shift, one number at a time."""

import numpy as np


def cyclic_shift(x, *, shift_size):
    """Move a map (b, h, w, c) up and left; what falls out comes back in at the other side.

    >>> cyclic_shift([[[[0], [1], [2], [3]]]], shift_size=(0, 1))[0, 0, :, 0].tolist()
    [1, 2, 3, 0]
    """
    x = np.asarray(x)
    b, h, w, c = x.shape
    up, left = shift_size
    out = np.zeros_like(x)
    for picture in range(b):
        for row in range(h):
            for column in range(w):
                for channel in range(c):
                    value = x[picture, (row + up) % h, (column + left) % w, channel]
                    out[picture, row, column, channel] = value
    return out


def cyclic_unshift(x, *, shift_size):
    """Move a map (b, h, w, c) down and right again."""
    return cyclic_shift(x, shift_size=(-shift_size[0], -shift_size[1]))

"""Pixels into channels and back, one number at a time."""

import numpy as np


def pixel_unshuffle(x, *, factor):
    """Stack each square of factor × factor pixels of a map (b, h, w, c) into one pixel.

    >>> pixel_unshuffle([[[[1], [2]], [[3], [4]]]], factor=2).tolist()
    [[[[1, 2, 3, 4]]]]
    """
    x = np.asarray(x)
    b, h, w, c = x.shape
    out = np.zeros((b, h // factor, w // factor, c * factor * factor), dtype=x.dtype)
    for picture in range(b):
        for row in range(h):
            for column in range(w):
                for channel in range(c):
                    place = (row % factor) * factor + column % factor
                    to = channel * factor * factor + place
                    value = x[picture, row, column, channel]
                    out[picture, row // factor, column // factor, to] = value
    return out


def pixel_shuffle(x, *, factor):
    """Lay the channels of each pixel out as squares of factor × factor pixels.

    >>> pixel_shuffle([[[[1, 2, 3, 4]]]], factor=2)[0, :, :, 0].tolist()
    [[1, 2], [3, 4]]
    """
    x = np.asarray(x)
    b, h, w, c = x.shape
    few = c // (factor * factor)
    out = np.zeros((b, h * factor, w * factor, few), dtype=x.dtype)
    for picture in range(b):
        for row in range(h * factor):
            for column in range(w * factor):
                for channel in range(few):
                    place = (row % factor) * factor + column % factor
                    value = x[
                        picture,
                        row // factor,
                        column // factor,
                        channel * factor * factor + place,
                    ]
                    out[picture, row, column, channel] = value
    return out

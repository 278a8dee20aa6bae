"""Padding and cropping, one number at a time."""

import numpy as np


def pad_to_multiple(x, *, multiple, mode="constant", place="end"):
    """Enlarge a map (b, h, w, c) until `multiple` divides its sides.

    >>> pad_to_multiple([[[[1], [2], [3]]]], multiple=(1, 5), mode="reflect")[0, 0, :, 0].tolist()
    [1, 2, 3, 2, 1]
    """
    x = np.asarray(x)
    b, h, w, c = x.shape
    padded_h, padded_w = h, w
    while padded_h % multiple[0]:
        padded_h += 1
    while padded_w % multiple[1]:
        padded_w += 1
    top, left = _before(padded_h - h, place), _before(padded_w - w, place)
    out = np.zeros((b, padded_h, padded_w, c), dtype=x.dtype)
    for picture in range(b):
        for row in range(padded_h):
            for column in range(padded_w):
                y = _source(row - top, h, padded_h - h - top, top, mode)
                z = _source(column - left, w, padded_w - w - left, left, mode)
                for channel in range(c):
                    if y is not None and z is not None:
                        out[picture, row, column, channel] = x[picture, y, z, channel]
    return out


def crop(x, *, size, place="end"):
    """Keep the (h, w) of a map that were there before it was padded."""
    x = np.asarray(x)
    b, padded_h, padded_w, c = x.shape
    h, w = size
    top, left = _before(padded_h - h, place), _before(padded_w - w, place)
    out = np.zeros((b, h, w, c), dtype=x.dtype)
    for picture in range(b):
        for row in range(h):
            for column in range(w):
                for channel in range(c):
                    out[picture, row, column, channel] = x[
                        picture, top + row, left + column, channel
                    ]
    return out


def _before(rest, place):
    """How much of the padding stands above or to the left: none, or half of it rounded down."""
    return rest // 2 if place == "center" else 0


def _source(at, side, after, before, mode):
    """Which cell of the old axis a cell of the new one copies; None for a zero."""
    if 0 <= at < side:
        return at
    if mode == "constant":
        return None
    edge = 0 if at < 0 else side - 1
    if mode == "replicate" or max(before, after) >= side:  # too small to reflect
        return edge
    return 2 * edge - at  # as far inside the edge as it lies outside

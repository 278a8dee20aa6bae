"""Deformable attention, one number at a time."""

import math

import numpy as np


def reference_points(sizes):
    """The middle of every cell of some maps, (x, y) in [0, 1].

    >>> reference_points([(1, 2)]).tolist()
    [[0.25, 0.5], [0.75, 0.5]]
    """
    points = []
    for h, w in sizes:
        for row in range(h):
            for column in range(w):
                points.append([(column + 0.5) / w, (row + 0.5) / h])
    return np.array(points)


def deformable_attention(values, *, sizes, locations, weights):
    """Values (b, n, heads, d) read at locations (b, i, heads, levels, points, 2), and summed.

    >>> place = [[[[[[0.5, 0.5]]]]]]  # half way between two cells
    >>> deformable_attention(
    ...     [[[[1.0]], [[3.0]]]], sizes=[(1, 2)], locations=place, weights=[[[[[1.0]]]]]
    ... ).item()
    2.0
    """
    values, locations = np.asarray(values), np.asarray(locations)
    weights = np.asarray(weights)
    b, queries, heads, levels, points = weights.shape
    d = values.shape[-1]
    out = np.zeros((b, queries, heads, d))
    for picture in range(b):
        for query in range(queries):
            for head in range(heads):
                start = 0
                for level in range(levels):
                    h, w = sizes[level]
                    for point in range(points):
                        place = (picture, query, head, level, point)
                        x, y = locations[place]
                        for channel in range(d):
                            cells = values[picture, start : start + h * w, head, channel]
                            read = _between(cells, h, w, x * w - 0.5, y * h - 0.5)
                            out[picture, query, head, channel] += weights[place] * read
                    start += h * w
    return out


def _between(cells, h, w, x, y):
    """Bilinear interpolation at (x, y) in cells; 0 outside."""
    total = 0.0
    for row in (math.floor(y), math.floor(y) + 1):
        for column in (math.floor(x), math.floor(x) + 1):
            if 0 <= row < h and 0 <= column < w:
                share = (1 - abs(y - row)) * (1 - abs(x - column))
                total += share * float(cells[row * w + column])
    return total

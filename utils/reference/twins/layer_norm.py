"""LayerNorm over the last axis, one number at a time."""

import math

import numpy as np


def layer_norm(x, weight, bias=None, *, eps=1e-5):
    """(x − mean) / √(variance + eps) · weight + bias; without a bias nothing is subtracted.

    >>> layer_norm([1.0, 3.0], [1.0, 2.0], eps=0.0).tolist()
    [1.0, 6.0]
    """
    x = np.asarray(x)
    out = np.zeros(x.shape)
    for place in np.ndindex(*x.shape[:-1]):
        row = [float(value) for value in x[place]]
        mean = sum(row) / len(row)
        variance = sum((value - mean) ** 2 for value in row) / len(row)
        for channel, value in enumerate(row):
            kept = value if bias is None else value - mean
            scaled = kept / math.sqrt(variance + eps) * float(weight[channel])
            out[(*place, channel)] = scaled if bias is None else scaled + float(bias[channel])
    return out

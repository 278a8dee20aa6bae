"""Attention across channels and the gate, one number at a time."""

import math

import numpy as np


def channel_attention(q, k, v, *, temperature):
    """softmax(q̂ k̂ᵀ · temperature) v over (b, heads, channels, pixels), q̂ and k̂ of length 1.

    >>> lit = [[[[0.0, 2.0]]]]  # one channel can only attend to itself
    >>> channel_attention(lit, lit, [[[[5.0, 7.0]]]], temperature=[1.0]).tolist()
    [[[[5.0, 7.0]]]]
    """
    q, k, v = np.asarray(q), np.asarray(k), np.asarray(v)
    b, heads, d, n = q.shape
    out = np.zeros(v.shape)
    for picture in range(b):
        for head in range(heads):
            for i in range(d):
                scores = []
                for j in range(d):
                    product = 0.0
                    for pixel in range(n):
                        product += _unit(q[picture, head, i], pixel) * _unit(
                            k[picture, head, j], pixel
                        )
                    scores.append(product * float(temperature[head]))
                total = sum(math.exp(score) for score in scores)
                for pixel in range(v.shape[-1]):
                    mixed = 0.0
                    for j in range(d):
                        mixed += math.exp(scores[j]) / total * v[picture, head, j, pixel]
                    out[picture, head, i, pixel] = mixed
    return out


def _unit(row, pixel):
    """One entry of a row that is divided by its length; a row of zeros stays one."""
    length = math.sqrt(sum(float(value) ** 2 for value in row))
    return float(row[pixel]) / max(length, 1e-12)


def channel_gate(x):
    """GELU of the first half of the last axis times the second half.

    >>> channel_gate([[0.0, 9.0]]).tolist()
    [[0.0]]
    """
    x = np.asarray(x)
    half = x.shape[-1] // 2
    out = np.zeros((*x.shape[:-1], half))
    for place in np.ndindex(*x.shape[:-1]):
        for channel in range(half):
            opens = float(x[(*place, channel)])
            gelu = opens * 0.5 * (1 + math.erf(opens / math.sqrt(2)))
            out[(*place, channel)] = gelu * x[(*place, half + channel)]
    return out

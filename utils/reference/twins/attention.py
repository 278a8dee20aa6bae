"""Attention, one number at a time."""

import math

import numpy as np


def attention(q, k, v, *, bias=None, scale=None):
    """softmax(q kᵀ · scale + bias) v over (..., heads, tokens, channels).

    >>> q = [[[0.0, 0.0]]]  # one head, one query, no preference
    >>> attention(q, [[[1.0, 0.0], [0.0, 1.0]]], [[[1.0], [3.0]]]).tolist()
    [[[2.0]]]
    """
    q, k, v = np.asarray(q), np.asarray(k), np.asarray(v)
    weights = attention_weights(q, k, bias=bias, scale=scale)
    out = np.zeros((*q.shape[:-1], v.shape[-1]))
    for head in np.ndindex(*q.shape[:-2]):
        for i in range(q.shape[-2]):
            for channel in range(v.shape[-1]):
                total = 0.0
                for j in range(k.shape[-2]):
                    total += weights[(*head, i, j)] * v[(*head, j, channel)]
                out[(*head, i, channel)] = total
    return out


def attention_weights(q, k, *, bias=None, scale=None):
    """softmax(q kᵀ · scale + bias): for every query, how much it takes of every key."""
    q, k = np.asarray(q), np.asarray(k)
    queries, keys, d = q.shape[-2], k.shape[-2], q.shape[-1]
    bias = np.broadcast_to(0.0 if bias is None else np.asarray(bias), (*q.shape[:-1], keys))
    scale = np.broadcast_to(1 / math.sqrt(d) if scale is None else scale, bias.shape)
    weights = np.zeros(bias.shape)
    for head in np.ndindex(*q.shape[:-2]):
        for i in range(queries):
            scores = []
            for j in range(keys):
                product = 0.0
                for channel in range(d):
                    product += float(q[(*head, i, channel)]) * float(k[(*head, j, channel)])
                scores.append(product * scale[(*head, i, j)] + bias[(*head, i, j)])
            highest = max(scores)  # keeps exp from overflowing; it cancels
            total = sum(math.exp(score - highest) for score in scores)
            for j in range(keys):
                weights[(*head, i, j)] = math.exp(scores[j] - highest) / total
    return weights

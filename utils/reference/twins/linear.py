"""A linear layer with a GELU, squeeze-excite, and folding, one number at a time."""

import math

import numpy as np


def linear(x, weight, bias=None, *, gelu=None):
    """x Wᵀ + b over the last axis, then the GELU that is asked for.

    >>> linear([1.0, 2.0], [[1.0, 0.0], [1.0, 1.0]], [0.5, 0.0]).tolist()
    [1.5, 3.0]
    """
    x, weight = np.asarray(x), np.asarray(weight)
    out = np.zeros((*x.shape[:-1], weight.shape[0]))
    for place in np.ndindex(*out.shape):
        total = 0.0 if bias is None else float(bias[place[-1]])
        for channel in range(x.shape[-1]):
            total += float(x[(*place[:-1], channel)]) * float(weight[place[-1], channel])
        out[place] = _gelu(total, gelu)
    return out


def squeeze_excite_gates(means, *, reduce, expand, reduce_bias=None, expand_bias=None):
    """sigmoid(W₂ SiLU(W₁ means + b₁) + b₂) for means (b, c).

    >>> squeeze_excite_gates([[2.0, 5.0]], reduce=[[0.0, 0.0]], expand=[[0.0], [0.0]]).tolist()
    [[0.5, 0.5]]
    """
    squeezed = linear(means, reduce, reduce_bias)
    for place in np.ndindex(*squeezed.shape):
        squeezed[place] = squeezed[place] / (1 + math.exp(-squeezed[place]))
    gates = linear(squeezed, expand, expand_bias)
    for place in np.ndindex(*gates.shape):
        gates[place] = 1 / (1 + math.exp(-gates[place]))
    return gates


def fold_after(weight, bias, *, scale, shift):
    """The weight and bias of the layer, then · scale + shift."""
    weight = np.asarray(weight).astype(float)
    out_bias = np.zeros(weight.shape[0])
    for out in range(weight.shape[0]):
        weight[out] = weight[out] * float(scale[out])
        before = 0.0 if bias is None else float(bias[out])
        out_bias[out] = before * float(scale[out]) + float(shift[out])
    return weight, out_bias


def fold_before(weight, bias, *, scale, shift):
    """The weight and bias of · scale + shift, then the layer."""
    weight = np.asarray(weight).astype(float)
    out_bias = np.zeros(weight.shape[0])
    for out in range(weight.shape[0]):
        out_bias[out] = 0.0 if bias is None else float(bias[out])
        for channel in range(weight.shape[1]):
            out_bias[out] += weight[out, channel] * float(shift[channel])
            weight[out, channel] *= float(scale[channel])
    return weight, out_bias


def _gelu(x, kind):
    if kind == "none":
        return x * (1 + math.erf(x / math.sqrt(2))) / 2
    if kind == "tanh":
        return x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2
    return x

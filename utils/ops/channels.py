"""Attention across channels, and a gate that lets some channels pass: Restormer's two ideas."""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from utils.errors import ShapeError
from utils.ops.attention import attention
from utils.tap import tap

TINY = 1e-12  # the least length to divide by: torch.nn.functional.normalize's


def channel_attention(
    q: Float[Tensor, "b heads d n"],
    k: Float[Tensor, "b heads d n"],
    v: Float[Tensor, "b heads d n"],
    *,
    temperature: Float[Tensor, " heads"],
) -> Float[Tensor, "b heads d n"]:
    """Attention turned on its side: every channel is one token, its pixels are its features.

    softmax(q̂ k̂ᵀ · temperature) v, where q̂ and k̂ are each channel's values over the whole
    picture, divided by their length: the scores are cosines, and the matrix is d × d however
    large the picture is. The weights can be watched as "weights".
    Shape: (b, heads, d, n) three times -> the same. Paper: Restormer equation (1) (its α divides
    where the official code multiplies: temperature = 1 / α).
    Raises: ShapeError where there is not one temperature per head.

    >>> import torch
    >>> q = torch.eye(2)[None, None]  # two channels, each lit at its own pixel
    >>> v = torch.tensor([[[[1.0, 1.0], [3.0, 3.0]]]])
    >>> channel_attention(q, q, v, temperature=torch.tensor([100.0]))[0, 0].tolist()
    [[1.0, 1.0], [3.0, 3.0]]
    """
    if temperature.shape != q.shape[1:2]:
        raise ShapeError(
            f"temperatures of shape {tuple(temperature.shape)} came for {q.shape[1]} heads",
            allowed="there is one temperature per head",
            mend="torch.ones(heads) leaves the cosines as they are",
        )
    # Dividing the d × d products by both lengths is the same as dividing q and k, which are as
    # large as the picture, before.
    lengths = _length(q) * rearrange(_length(k), "b heads d 1 -> b heads 1 d")
    return attention(q, k, v, scale=rearrange(temperature, "heads -> heads 1 1") / lengths)


def _length(x: Float[Tensor, "b heads d n"]) -> Float[Tensor, "b heads d 1"]:
    # Clamped before the root, so that a black channel gets the gradient 0; five times as fast on a
    # CPU as vector_norm, which reads the channels-last map with a stride.
    return rearrange(
        torch.linalg.vecdot(x, x).clamp_min(TINY**2).sqrt(), "b heads d -> b heads d 1"
    )


def channel_gate(x: Float[Tensor, "... twice"]) -> Float[Tensor, "... c"]:
    """Multiply one half of the channels by GELU of the other: GELU(first) · second.

    The GELU is the exact one. It can be watched as "gate", what it multiplies as "content".
    Shape: (..., 2c) -> (..., c). Paper: Restormer equation (2).
    Raises: ShapeError for an odd number of channels.

    >>> import torch
    >>> channel_gate(torch.tensor([-100.0, 0.0, 100.0, 5.0, 5.0, 5.0])).tolist()
    [-0.0, 0.0, 500.0]
    """
    if x.shape[-1] % 2:
        raise ShapeError(
            f"{x.shape[-1]} channels came",
            allowed="the gate takes an even number: one half opens for the other",
            mend="make twice the channels that shall come out",
        )
    first, second = x.chunk(2, dim=-1)
    gate = tap("gate", functional.gelu(first))
    return gate * tap("content", second)

"""Attention across channels, and a gate that lets some channels pass: Restormer's two ideas."""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from utils.contracts import checked, holds
from utils.ops._rules import q_k_v_of_one_dtype
from utils.ops.attention import attention
from utils.switch import replaceable
from utils.tap import tap

TINY = 1e-12  # the least length to divide by, as in the official code


@checked(q_k_v_of_one_dtype)
@replaceable
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
    # each channel's picture, divided by its length
    q, k = _unit(q), _unit(k)
    # how sharply each head chooses among the channels
    temperature = rearrange(temperature, "heads -> heads 1 1").to(v.dtype)
    # cosines of channels, softmax, sums of channels
    return attention(q, k, v, scale=temperature)


def _unit(x: Float[Tensor, "b heads d n"]) -> Float[Tensor, "b heads d n"]:
    # Sums over a picture, and the tiny number that keeps black channels finite, need float32.
    exact = x.to(torch.promote_types(x.dtype, torch.float32))
    # Clamped before the root, whose slope at 0 is infinite.
    length = exact.square().sum(dim=-1, keepdim=True).clamp_min(TINY**2).sqrt()
    return (exact / length).to(x.dtype)


@checked(
    holds(
        lambda twice: twice % 2 == 0,
        "the gate takes an even number: one half opens for the other",
        came=lambda twice: f"{twice} channels came",
        mend="make twice the channels that shall come out",
    ),
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
    # the half that opens, and the half that passes
    first, second = x.chunk(2, dim=-1)
    # how far each channel opens at each pixel
    gate = tap("gate", functional.gelu(first))
    return gate * tap("content", second)

"""Attention of every place to its own neighborhood, a square of (2 · radius + 1)² places."""

from typing import Literal

from einops import rearrange
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from utils.contracts import Positive, checked, room
from utils.ops._rules import q_k_v_of_one_dtype
from utils.ops.attention import attention
from utils.switch import replaceable

Outside = Literal["masked", "zero"]


@checked(
    q_k_v_of_one_dtype,
    room(
        lambda b, h, w, d, e, radius: b * h * w * (2 * radius + 1) ** 2 * max(d, e),
        "the keys around every place",
        fast=True,
    ),
)
@replaceable
def local_attention(
    q: Float[Tensor, "b h w d"],
    k: Float[Tensor, "b h w d"],
    v: Float[Tensor, "b h w e"],
    *,
    radius: Positive,
    outside: Outside = "masked",
) -> Float[Tensor, "b h w e"]:
    """softmax(q kᵀ / √d) v, where the keys of a place are at most `radius` away on each axis.

    `outside="masked"`: places outside the map are no keys (GMFlow's matching); `"zero"`: they are
    keys of zeros with values of zeros, and take part in the softmax (GMFlow's propagation).
    Shape: (b, h, w, d), (b, h, w, d), (b, h, w, e) -> (b, h, w, e).
    Paper: GMFlow section 3.4. Raises: ConfigError for a radius below 1 or an unknown `outside`.

    >>> import torch
    >>> zeros, v = torch.zeros(1, 1, 4, 1), torch.tensor([1.0, 2.0, 3.0, 4.0]).reshape(1, 1, 4, 1)
    >>> local_attention(zeros, zeros, v, radius=1).flatten().tolist()
    [1.5, 2.0, 3.0, 3.5]
    """
    # the keys and the values around every place: (2 · radius + 1)² times the map
    keys, values = _around(k, radius), _around(v, radius)
    bias = None
    if outside == "masked":
        # 1 on the map, 0 outside of it
        inside = _around(q.new_ones(1, *q.shape[1:3], 1), radius)
        inside = rearrange(inside, "1 h w n 1 -> h w 1 n")
        bias = q.new_zeros(inside.shape).masked_fill(inside == 0, float("-inf"))
    # every place is alone with its neighborhood: one query
    query = rearrange(q, "b h w d -> b h w 1 d")
    return rearrange(attention(query, keys, values, bias=bias), "b h w 1 e -> b h w e")


def _around(x: Float[Tensor, "b h w c"], radius: int) -> Float[Tensor, "b h w n c"]:
    """The square of places around each place, row by row; zeros outside the map."""
    side = 2 * radius + 1
    x = functional.pad(x, (0, 0, radius, radius, radius, radius))
    squares = x.unfold(1, side, 1).unfold(2, side, 1)
    return rearrange(squares, "b h w c y x -> b h w (y x) c")

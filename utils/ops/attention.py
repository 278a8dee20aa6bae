"""The one attention: every query–key product of the five models goes through here."""

from math import prod

from jaxtyping import Float
from torch import Tensor

from utils.contracts import checked, holds, room
from utils.ops._rules import q_k_v_of_one_dtype
from utils.switch import replaceable
from utils.tap import tap


def _spreads(given: Tensor | float | None, lead: tuple, heads: int, i: int, j: int) -> bool:
    """Whether something broadcasts against the scores without making them larger."""
    if not isinstance(given, Tensor):
        return True
    scores = (*lead, heads, i, j)
    pairs = zip(reversed(given.shape), reversed(scores), strict=False)
    return given.ndim <= len(scores) and all(one in (1, side) for one, side in pairs)


@checked(
    q_k_v_of_one_dtype,
    holds(
        lambda bias, lead, heads, i, j: _spreads(bias, lead, heads, i, j),
        "the bias broadcasts against the scores, (..., heads, i, j)",
        mend="give it one entry per head, query and key, or 1 where it is the same for all",
    ),
    holds(
        lambda scale, lead, heads, i, j: _spreads(scale, lead, heads, i, j),
        "the scale broadcasts against the scores, (..., heads, i, j)",
        mend="one scale per head is scale[:, None, None]",
    ),
    room(
        lambda lead, heads, i, j: prod(lead) * heads * i * j,
        "the weights of all queries and keys",
        fast=True,
    ),
)
@replaceable
def attention(
    q: Float[Tensor, "*lead heads i d"],
    k: Float[Tensor, "*lead heads j d"],
    v: Float[Tensor, "*lead heads j e"],
    *,
    bias: Float[Tensor, "..."] | None = None,
    scale: float | Float[Tensor, "..."] | None = None,
) -> Float[Tensor, "*lead heads i e"]:
    """softmax(q kᵀ · scale + bias) v, where the softmax runs over the keys.

    `bias` is added to the scores and broadcasts against (..., heads, i, j): a relative position
    bias, a mask of 0 and −100, or their sum. `scale` is 1/√d unless given (a tensor that
    broadcasts, like Restormer's temperature, is allowed). The weights can be watched under the
    name "weights".
    Shape: (..., heads, i, d), (..., heads, j, d), (..., heads, j, e) -> (..., heads, i, e).
    Paper: "Attention is all you need" (arXiv 1706.03762) equation (1).
    Raises: ShapeError where the three do not fit each other, or the weights not into memory.

    >>> import torch
    >>> q = torch.zeros(1, 1, 2, 4)  # no preference: every key weighs the same
    >>> attention(q, q, torch.tensor([[[[1.0], [3.0]]]]))[0, 0].tolist()
    [[2.0], [2.0]]
    """
    # how well each query (row) fits each key (column)
    scores = q @ k.mT * (q.shape[-1] ** -0.5 if scale is None else scale)
    if bias is not None:
        # what is known beforehand: relative positions, cells that may not be looked at
        scores = scores + bias
    # every row becomes shares that sum to 1
    weights = tap("weights", scores.softmax(dim=-1))
    # each query takes its shares of the values
    return weights.to(v.dtype) @ v

"""Fold a fixed scale and shift per channel into the matrix beside it: one pass over memory less."""

from einops import einsum
from jaxtyping import Float
from torch import Tensor

from utils.contracts import checked


@checked()
def fold_after(
    weight: Float[Tensor, "out ..."],
    bias: Float[Tensor, " out"] | None,
    *,
    scale: Float[Tensor, " out"],
    shift: Float[Tensor, " out"],
) -> tuple[Float[Tensor, "out ..."], Float[Tensor, " out"]]:
    """Weight and bias of one layer that equals the layer, then · scale + shift.

    Shape: weight (out, ...) of a linear layer or a convolution -> the same, and a bias (out).
    Raises: ShapeError where the scale is of another width.

    >>> import torch
    >>> weight, bias = fold_after(
    ...     torch.eye(2), None, scale=torch.tensor([2.0, 3.0]), shift=torch.tensor([1.0, 1.0])
    ... )
    >>> weight.tolist(), bias.tolist()
    ([[2.0, 0.0], [0.0, 3.0]], [1.0, 1.0])
    """
    folded = weight * scale.reshape(-1, *[1] * (weight.ndim - 1))
    return folded, shift if bias is None else bias * scale + shift


@checked()
def fold_before(
    weight: Float[Tensor, "out c"],
    bias: Float[Tensor, " out"] | None,
    *,
    scale: Float[Tensor, " c"],
    shift: Float[Tensor, " c"],
) -> tuple[Float[Tensor, "out c"], Float[Tensor, " out"]]:
    """Weight and bias of one linear layer that equals · scale + shift, then the layer.

    Shape: weight (out, c) -> the same, and a bias (out). Not for a convolution that pads: its
    zeros would have to be shifted too. Raises: ShapeError where the scale is of another width.

    >>> import torch
    >>> weight, bias = fold_before(
    ...     torch.ones(1, 2), None, scale=torch.tensor([2.0, 3.0]), shift=torch.tensor([1.0, 5.0])
    ... )
    >>> weight.tolist(), bias.tolist()
    ([[2.0, 3.0]], [6.0])
    """
    constant = einsum(weight, shift, "out c, c -> out")
    return weight * scale, constant if bias is None else bias + constant

"""Squeeze and excite: how far each channel opens, decided by the whole map at once."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from utils.contracts import checked


@checked()
def squeeze_excite_gates(
    means: Float[Tensor, "b c"],
    *,
    reduce: Float[Tensor, "r c"],
    expand: Float[Tensor, "c r"],
    reduce_bias: Float[Tensor, " r"] | None = None,
    expand_bias: Float[Tensor, " c"] | None = None,
) -> Float[Tensor, "b c"]:
    """One number in (0, 1) per channel: sigmoid(W₂ SiLU(W₁ means + b₁) + b₂).

    `means` is each channel's mean over the map (squeeze); the map is multiplied by the gates
    (excite). Shape: (b, c) -> (b, c).
    Paper: "Squeeze-and-excitation networks" (arXiv 1709.01507) equation (3), with SiLU inside as
    in EfficientNet and MaxViT.
    Raises: ShapeError where the matrices do not fit the channels.

    >>> means = torch.tensor([[2.0, 5.0]])
    >>> gates = squeeze_excite_gates(means, reduce=torch.zeros(1, 2), expand=torch.zeros(2, 1))
    >>> gates.tolist()
    [[0.5, 0.5]]
    """
    # the map in a few numbers
    squeezed = functional.silu(functional.linear(means, reduce, reduce_bias))
    # one number between 0 and 1 for every channel
    return torch.sigmoid(functional.linear(squeezed, expand, expand_bias))

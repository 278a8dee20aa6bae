"""LayerNorm over the channels of each pixel, with a bias or without."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from utils.errors import ShapeError


def layer_norm(
    x: Float[Tensor, "... c"],
    weight: Float[Tensor, " c"],
    bias: Float[Tensor, " c"] | None = None,
    *,
    eps: float = 1e-5,
) -> Float[Tensor, "... c"]:
    """Divide every pixel's channels by their standard deviation.

    With a bias: (x − mean) / √(variance + eps) · weight + bias, the usual LayerNorm. Without:
    x / √(variance + eps) · weight, where nothing is subtracted from x either, so that a brighter
    pixel stays brighter. The variance is the biased one, around the mean, in both.
    Shape: (..., c) -> the same. Paper: Restormer section 3; arXiv 1607.06450; bias-free 1906.05478.
    Raises: ShapeError where weight or bias are not as wide as x.

    >>> import torch
    >>> x, one = torch.tensor([1.0, 3.0]), torch.ones(2)
    >>> layer_norm(x, one, torch.zeros(2), eps=0.0).tolist()
    [-1.0, 1.0]
    >>> layer_norm(x, one, eps=0.0).tolist()
    [1.0, 3.0]
    """
    for given in (weight, bias):
        if given is not None and given.shape != x.shape[-1:]:
            raise ShapeError(
                f"a weight or bias of shape {tuple(given.shape)} came for {x.shape[-1]} channels",
                allowed="there is one number per channel, and channels come last",
                mend="rearrange the map to b h w c, or make the norm for its channels",
            )
    if bias is not None:
        return functional.layer_norm(x, x.shape[-1:], weight, bias, eps)
    variance = torch.var(x, dim=-1, correction=0, keepdim=True)
    return x * torch.rsqrt(variance + eps) * weight

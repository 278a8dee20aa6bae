"""LayerNorm over the channels of each pixel, with a bias or without."""

import torch
from jaxtyping import Float
from torch import Tensor

from utils.contracts import checked
from utils.switch import replaceable


@checked()
@replaceable
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
    pixel stays brighter. The variance is the biased one, around the mean, in both. Both are kept
    in float32 or better.
    Shape: (..., c) -> the same. Paper: Restormer section 3; arXiv 1607.06450; bias-free 1906.05478.
    Raises: ShapeError where weight or bias are not as wide as x.

    >>> import torch
    >>> x, one = torch.tensor([1.0, 3.0]), torch.ones(2)
    >>> layer_norm(x, one, torch.zeros(2), eps=0.0).tolist()
    [-1.0, 1.0]
    >>> layer_norm(x, one, eps=0.0).tolist()
    [1.0, 3.0]
    """
    exact = x.to(torch.promote_types(x.dtype, torch.float32))
    # how far each channel is from the mean of its pixel
    away = exact - exact.mean(dim=-1, keepdim=True)
    # one standard deviation per pixel
    deviation = (away.square().mean(dim=-1, keepdim=True) + eps).sqrt()
    if bias is None:
        return (exact / deviation * weight).to(x.dtype)
    return (away / deviation * weight + bias).to(x.dtype)

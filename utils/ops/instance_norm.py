"""Instance normalization: each channel of each picture gets mean 0 and variance 1."""

import torch
from jaxtyping import Float
from torch import Tensor

from utils.contracts import checked
from utils.switch import replaceable


@checked()
@replaceable
def instance_norm(x: Float[Tensor, "b h w c"], *, eps: float = 1e-5) -> Float[Tensor, "b h w c"]:
    """(x − mean) / √(variance + eps), both over one picture's h × w places, channel by channel.

    The variance is the biased one; there are no parameters. Sums are kept in float32 or better.
    Shape: (b, h, w, c) -> the same. Paper: "Instance normalization" (arXiv 1607.08022).
    Raises: ShapeError for what is no map.

    >>> x = torch.tensor([1.0, 3.0]).reshape(1, 1, 2, 1)
    >>> [round(value, 4) for value in instance_norm(x).flatten().tolist()]
    [-1.0, 1.0]
    """
    exact = x.to(torch.promote_types(x.dtype, torch.float32))
    # how far each place is from the mean of its channel
    away = exact - exact.mean(dim=(1, 2), keepdim=True)
    # one variance per picture and channel
    variance = away.square().mean(dim=(1, 2), keepdim=True)
    return (away / (variance + eps).sqrt()).to(x.dtype)

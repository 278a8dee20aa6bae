"""Instance normalization by torch's kernel for batches."""

import torch
from torch import Tensor
from torch.nn import functional

from utils.ops.instance_norm import instance_norm
from utils.ops.planes import on_planes
from utils.switch import definition, fast_form


@fast_form(instance_norm)
def instance_norm_as_batch_norm(x: Tensor, *, eps: float = 1e-5) -> Tensor:
    """One picture's instance norm is a batch norm over a batch of one.

    Gains: torch has a kernel for it that keeps the layout: measured 30 to 100 times faster than
    var_mean on a CPU. Costs: one call per picture. Assumes: a CPU, and more than one place.
    """
    if x.device.type != "cpu" or x.shape[1] * x.shape[2] == 1 or x.dtype.itemsize < 4:
        return definition(instance_norm)(x, eps=eps)
    return torch.cat([_of_one(picture, eps) for picture in x.split(1)])


def _of_one(x: Tensor, eps: float) -> Tensor:
    return on_planes(
        lambda planes: functional.batch_norm(planes, None, None, training=True, eps=eps), x
    )

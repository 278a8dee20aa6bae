"""A batch normalization in eval mode is a scale and a shift per channel."""

import torch
from torch import Tensor, nn


def affine(norm: nn.BatchNorm2d) -> dict[str, Tensor]:
    """What it does in eval mode, x · scale + shift, as the keywords of the two foldings."""
    assert norm.running_mean is not None, "made with its defaults, it keeps statistics"
    assert norm.running_var is not None, "made with its defaults, it keeps statistics"
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    return {"scale": scale, "shift": norm.bias - norm.running_mean * scale}

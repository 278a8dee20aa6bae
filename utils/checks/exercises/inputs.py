"""Inputs: numbered, so that a wrong order shows, and random, so that nothing hides."""

import torch
from torch import Tensor


def numbered(*shape: int) -> Tensor:
    """0, 1, 2, ... in memory order, as float32."""
    count = 1
    for side in shape:
        count *= side
    return torch.arange(float(count)).reshape(shape)


def drawn(*shape: int, seed: int = 0) -> Tensor:
    """Normal random numbers, the same on every machine."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))

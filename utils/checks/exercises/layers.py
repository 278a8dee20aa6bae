"""Layers for the exercises: small, filled with the same random weights on every machine."""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import nn

Layer = TypeVar("Layer", bound=nn.Module)


def filled(make: Callable[[], Layer], *, seed: int = 0) -> Layer:
    """`make()` in eval mode; no weight is 0 or 1, so that one forgotten always shows."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        layer = make().eval()
    with torch.no_grad():
        for name, weight in layer.named_parameters():
            noise = torch.randn(weight.shape, generator=generator)
            if weight.ndim > 1:
                weight.copy_(noise / weight[0].numel() ** 0.5 if "table" not in name else noise)
            else:
                weight.copy_(0.3 * noise + float(name.endswith("weight")))
        for name, kept in layer.named_buffers():  # the statistics of batch normalizations
            if name.endswith("running_mean"):
                kept.copy_(0.3 * torch.randn(kept.shape, generator=generator))
            elif name.endswith("running_var"):
                kept.copy_(torch.rand(kept.shape, generator=generator) + 0.5)
    return layer.requires_grad_(False)

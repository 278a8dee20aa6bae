"""Convolutions over channels-last maps."""

from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn


class MapConv2d(nn.Conv2d):
    """torch's convolution with a map `b h w c` in and out; settings and weights are torch's.

    A map seen as "b c h w" is what torch calls channels-last, so nothing is copied, and depthwise
    kernels are several times faster than on channels-first planes.
    Shape: (b, h, w, in_channels) -> (b, out_h, out_w, out_channels).

    >>> import torch
    >>> MapConv2d(3, 8, 3, padding=1)(torch.zeros(1, 5, 6, 3)).shape
    torch.Size([1, 5, 6, 8])
    """

    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b out_h out_w out_c"]:
        return rearrange(super().forward(rearrange(x, "b h w c -> b c h w")), "b c h w -> b h w c")

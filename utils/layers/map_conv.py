"""Convolutions over channels-last maps."""

from jaxtyping import Float
from torch import Tensor, nn

from utils.contracts import checked, holds
from utils.ops import on_planes


class MapConv2d(nn.Conv2d):
    """torch's convolution with a map `b h w c` in and out; settings and weights are torch's.

    A map seen as "b c h w" is what torch calls channels-last, so nothing is copied, and depthwise
    kernels are several times faster than on channels-first planes.
    Shape: (b, h, w, in_channels) -> (b, out_h, out_w, out_channels).

    >>> import torch
    >>> MapConv2d(3, 8, 3, padding=1)(torch.zeros(1, 5, 6, 3)).shape
    torch.Size([1, 5, 6, 8])
    """

    @checked(
        holds(
            lambda self, c: c == self.in_channels,
            lambda self: f"this convolution takes {self.in_channels} channels, and they come last",
            came=lambda c: f"a map of {c} channels came",
            mend="rearrange the map to b h w c, or make the convolution for its channels",
        ),
    )
    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b out_h out_w out_c"]:
        return on_planes(super().forward, x)

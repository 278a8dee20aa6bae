"""Twice the sides by a transposed convolution whose squares do not overlap."""

from jaxtyping import Float
from torch import Tensor, nn

from utils.contracts import Count, checked, holds
from utils.ops import on_planes
from utils.switch import replaceable


class DoubleSize(nn.ConvTranspose2d):
    """torch's transposed convolution 2×2 of stride 2, a map `b h w c` in and out.

    Each pixel makes its own square of 2×2; the squares do not overlap.
    Shape: (b, h, w, c) -> (b, 2h, 2w, out).

    >>> import torch
    >>> DoubleSize(8, 4)(torch.zeros(1, 5, 6, 8)).shape
    torch.Size([1, 10, 12, 4])
    """

    @checked()
    def __init__(self, channels: Count, out: Count) -> None:
        super().__init__(channels, out, 2, stride=2)

    @checked(
        holds(
            lambda self, c: c == self.in_channels,
            lambda self: f"this layer takes {self.in_channels} channels, and they come last",
            came=lambda c: f"a map of {c} channels came",
            mend="rearrange the map to b h w c, or make the layer for its channels",
        ),
    )
    @replaceable
    def forward(  # type: ignore[override] # torch's takes an output size
        self, x: Float[Tensor, "b h w c"]
    ) -> Float[Tensor, "b twice_h twice_w out"]:
        return on_planes(super().forward, x)

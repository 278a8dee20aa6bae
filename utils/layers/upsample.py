"""Twice the sides by a transposed convolution whose squares do not overlap."""

from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from utils.ops import pixel_shuffle


class DoubleSize(nn.ConvTranspose2d):
    """torch's transposed convolution 2×2 of stride 2, a map `b h w c` in and out.

    Each pixel makes its own square of 2×2, so it is one matrix product and a pixel shuffle.
    Shape: (b, h, w, c) -> (b, 2h, 2w, out).

    >>> import torch
    >>> DoubleSize(8, 4)(torch.zeros(1, 5, 6, 8)).shape
    torch.Size([1, 10, 12, 4])
    """

    def __init__(self, channels: int, out: int) -> None:
        super().__init__(channels, out, 2, stride=2)

    def forward(  # type: ignore[override] # torch's takes an output size
        self, x: Float[Tensor, "b h w c"]
    ) -> Float[Tensor, "b twice_h twice_w out"]:
        squares = x @ rearrange(self.weight, "c out ph pw -> c (out ph pw)")
        return pixel_shuffle(squares, factor=2) + self.bias  # type: ignore[operator] # made above

"""The transposed convolution 2×2 as a matrix product."""

from einops import rearrange
from torch import Tensor

from utils.layers.upsample import DoubleSize
from utils.ops import pixel_shuffle
from utils.switch import fast_form


@fast_form(DoubleSize.forward)
def multiplied_squares(self: DoubleSize, x: Tensor) -> Tensor:
    """The squares do not overlap: one matrix product and a pixel shuffle.

    Gains: a product is faster than torch's transposed convolution, most on a CPU. Costs: one copy
    for the shuffle. Assumes: stride = size.
    """
    squares = x @ rearrange(self.weight, "c out ph pw -> c (out ph pw)")
    return pixel_shuffle(squares, factor=2) + self.bias  # type: ignore[operator] # has one

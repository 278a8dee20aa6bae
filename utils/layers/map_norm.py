"""Batch normalization over channels-last maps."""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from utils.errors import ShapeError


class MapBatchNorm2d(nn.BatchNorm2d):
    """torch's batch normalization with a map `b h w c` in and out; its settings and weights.

    Raises: ShapeError in training for a single value per channel.
    Shape: (b, h, w, c) -> the same. Paper: arXiv 1502.03167, algorithm 1.

    >>> import torch
    >>> MapBatchNorm2d(8)(torch.zeros(2, 5, 6, 8)).shape
    torch.Size([2, 5, 6, 8])
    """

    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c"]:
        if self.training and x.numel() == x.shape[-1]:
            raise ShapeError(
                f"one value per channel came in training, in a map {tuple(x.shape)}",
                allowed="batch statistics need at least two values per channel",
                mend="train on more or larger pictures, or call model.eval() for a single one",
            )
        return rearrange(super().forward(rearrange(x, "b h w c -> b c h w")), "b c h w -> b h w c")

    def scale_and_shift(self) -> tuple[Float[Tensor, " c"], Float[Tensor, " c"]]:
        """What the layer does in eval mode: x · scale + shift, from the running statistics."""
        assert self.running_mean is not None, "made with its defaults, it keeps statistics"
        assert self.running_var is not None, "made with its defaults, it keeps statistics"
        scale = self.weight * torch.rsqrt(self.running_var + self.eps)
        return scale, self.bias - self.running_mean * scale

"""Batch normalization over channels-last maps."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from utils.contracts import checked, holds
from utils.ops import on_planes


class MapBatchNorm2d(nn.BatchNorm2d):
    """torch's batch normalization with a map `b h w c` in and out; its settings and weights.

    Shape: (b, h, w, c) -> the same. Paper: arXiv 1502.03167, algorithm 1.

    >>> import torch
    >>> MapBatchNorm2d(8)(torch.zeros(2, 5, 6, 8)).shape
    torch.Size([2, 5, 6, 8])
    """

    @checked(
        holds(
            lambda self, c: c == self.num_features,
            lambda self: f"this norm takes {self.num_features} channels, and they come last",
            came=lambda c: f"a map of {c} channels came",
            mend="rearrange the map to b h w c, or make the norm for its channels",
        ),
        holds(
            lambda self, b, h, w: b * h * w > 1 or not self.training,
            "in training a channel has at least two values to take its mean and variance of",
            came=lambda b, h, w: f"{b} map of {h}×{w} came in training",
            mend="train on two pictures at once or on larger ones; .eval() uses what was learned",
        ),
    )
    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c"]:
        return on_planes(super().forward, x)

    def scale_and_shift(self) -> tuple[Float[Tensor, " c"], Float[Tensor, " c"]]:
        """What the layer does in eval mode: x · scale + shift, from the running statistics."""
        assert self.running_mean is not None, "made with its defaults, it keeps statistics"
        assert self.running_var is not None, "made with its defaults, it keeps statistics"
        scale = self.weight * torch.rsqrt(self.running_var + self.eps)
        return scale, self.bias - self.running_mean * scale

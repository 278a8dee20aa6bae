"""From the flow of the finest features to one for every pixel: three ways."""

from functools import partial
from math import log2

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from utils.layers import MapConv2d
from utils.ops import convex_upsample, on_planes, upsample_flow
from utils.switch import replaceable


class ConvexUpsampler(nn.Module):
    """Each pixel takes a weighted mean of nine coarse flows; two convolutions give the weights.

    They read the features and the flow: which neighbors belong to one moving thing shows in both.
    Shape: features (b, h, w, c), flow (b, h, w, 2) -> (b, factor · h, factor · w, 2).
    Paper: GMFlow section 3.3, after RAFT. The weights can be watched as "weights".

    >>> upsampler = ConvexUpsampler(8, hidden=16, factor=4)
    >>> upsampler(torch.zeros(1, 3, 5, 8), torch.zeros(1, 3, 5, 2), []).shape
    torch.Size([1, 12, 20, 2])
    """

    def __init__(self, channels: int, *, hidden: int, factor: int) -> None:
        super().__init__()
        self.factor = factor
        self.conv1 = MapConv2d(2 + channels, hidden, 3, padding=1)
        self.conv2 = MapConv2d(hidden, 9 * factor**2, 1)

    @replaceable
    def forward(
        self,
        feature: Float[Tensor, "b h w c"],
        flow: Float[Tensor, "b h w xy"],
        maps: list[Tensor],
    ) -> Float[Tensor, "b fine_h fine_w xy"]:
        # Nine logits for every pixel, from features and flow
        x = torch.cat([flow.to(feature.dtype), feature], dim=-1)
        logits = self.conv2(functional.relu(self.conv1(x)))
        # Each pixel's mean of nine coarse flows
        return convex_upsample(flow, logits, factor=self.factor)


class UNetUpsampler(nn.Module):
    """A decoder that doubles the map until it is as large as the frame, with skips beside it.

    128 channels at 1/8, then 96 at 1/4, 64 at 1/2 and 16 at 1/1, as in TransUNet; the encoder's
    maps of strides 4 and 2 are joined on the way. It gives what is added to bilinear upsampling.
    Shape: features (b, h, w, c), flow (b, h, w, 2), maps finest first
    -> (b, factor · h, factor · w, 2). Paper: TransUNet (arXiv 2102.04306), the decoder.

    >>> upsampler = UNetUpsampler(8, widths=(4, 6), factor=8)
    >>> maps = [torch.zeros(1, 12, 20, 4), torch.zeros(1, 6, 10, 6)]
    >>> upsampler(torch.zeros(1, 3, 5, 8), torch.zeros(1, 3, 5, 2), maps).shape
    torch.Size([1, 24, 40, 2])
    """

    LAST = 16  # channels at full resolution

    def __init__(self, channels: int, *, widths: tuple[int, ...], factor: int) -> None:
        super().__init__()
        self.factor = factor
        skips = [*reversed(widths[: round(log2(factor)) - 1]), 0]  # none at full resolution
        outs = [*(skip for skip in skips if skip), self.LAST]
        self.enter = MapConv2d(2 + channels, channels, 3, padding=1)
        self.steps = nn.ModuleList(
            nn.Sequential(
                MapConv2d(before + skip, out, 3, padding=1),
                nn.ReLU(),
                MapConv2d(out, out, 3, padding=1),
                nn.ReLU(),
            )
            for before, skip, out in zip([channels, *outs], skips, outs, strict=False)
        )
        self.leave = MapConv2d(self.LAST, 2, 3, padding=1)

    @replaceable
    def forward(
        self,
        feature: Float[Tensor, "b h w c"],
        flow: Float[Tensor, "b h w xy"],
        maps: list[Tensor],
    ) -> Float[Tensor, "b fine_h fine_w xy"]:
        # Features and flow together
        x = torch.cat([flow.to(feature.dtype), feature], dim=-1)
        # as many channels as the features
        x = functional.relu(self.enter(x))
        # Twice the sides, joined with the encoder's map of that size, two convolutions
        skips = [*reversed(maps[: len(self.steps) - 1]), None]
        for step, skip in zip(self.steps, skips, strict=True):
            # twice the sides
            x = double(x)
            # joined with the skip, two convolutions
            x = step(x if skip is None else torch.cat([x, skip], dim=-1))
        # What is added to the flow between the cells
        return upsample_flow(flow, factor=self.factor) + self.leave(x).to(flow.dtype)


class BilinearUpsampler(nn.Module):
    """Each pixel takes the flow between the cells around it: nothing is learned.

    Shape: features (b, h, w, c), flow (b, h, w, 2) -> (b, factor · h, factor · w, 2).
    What the two others are compared with.

    >>> upsampler = BilinearUpsampler(factor=4)
    >>> upsampler(torch.zeros(1, 3, 5, 8), torch.ones(1, 3, 5, 2), [])[0, 0, 0].tolist()
    [4.0, 4.0]
    """

    def __init__(self, *, factor: int) -> None:
        super().__init__()
        self.factor = factor

    def forward(
        self,
        feature: Float[Tensor, "b h w c"],
        flow: Float[Tensor, "b h w xy"],
        maps: list[Tensor],
    ) -> Float[Tensor, "b fine_h fine_w xy"]:
        # the flow between the cells
        return upsample_flow(flow, factor=self.factor)


def double(x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b twice_h twice_w c"]:
    """Twice the sides, bilinear, the corners of both maps on each other."""
    resize = partial(functional.interpolate, scale_factor=2, mode="bilinear", align_corners=True)
    # between the cells
    return on_planes(resize, x)

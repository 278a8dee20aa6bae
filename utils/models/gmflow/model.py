"""GMFlow (Xu et al., arXiv 2111.13680).

| paper | here |
|---|---|
| I₁, I₂ | `frame0`, `frame1` |
| F₁, F₂ and F̂₁, F̂₂ (equation 5) | `feature0`, `feature1` before and after the transformer |
| P, the position | `sine_position_by_count` |
| C, M (equations 1, 2) | scores and "weights" inside `Matching`, only while watched |
| G, Ĝ, V (equations 3, 4) | `coordinates`, the attention's result, `matched` |
| Ṽ (equation 6) | what `FlowPropagation` returns |
| splits K of the windows | `attn_splits` |

Differs from the official code in: no matrix of all cells × all cells (matching and propagation
are attention with coordinates and flow as values); the backward flow is matched by its own call
instead of the transposed matrix; any size runs (frames are padded inside as the official scripts
do outside, and the flow is cropped); splits and radii are settings of the model; maps are
(b, h, w, c) throughout; shifted windows are cut where they lie, unmasked, unless watched.
"""

from typing import NamedTuple

import torch
from einops import rearrange
from jaxtyping import Float, Real
from torch import Tensor, nn

from utils.errors import ShapeError
from utils.models.gmflow.config import GMFlowConfig
from utils.models.gmflow.encoder import FlowEncoder
from utils.models.gmflow.propagation import FlowPropagation
from utils.models.gmflow.transformer import FeatureTransformer
from utils.models.gmflow.upsampler import ConvexUpsampler, UNetUpsampler
from utils.ops import (
    crop,
    match_globally,
    match_locally,
    pad_to_multiple,
    sine_position_by_count,
    upsample_flow,
    warp,
)
from utils.tap import tap

# ImageNet's mean and deviation, which the official code takes; gray is their mean.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Without gradients frames are encoded in portions of about so many pixels: what a portion needs
# stays in the cache and is freed before the next one (16 frames of 64×64, or one of 384×512).
PORTION = 2**16


class Flow(NamedTuple):  # a tuple, which torch.export and others know how to take apart
    """The answer: `flow` (b, 2, h, w), in pixels, (x, y); with both directions (2b, 2, h, w).

    `flows` are all estimates in the order in which they were made, the final one last, each at
    full size; the loss takes them.
    """

    flow: Float[Tensor, "b xy h w"]
    flows: list[Float[Tensor, "b xy h w"]]


class Matching(nn.Module):
    """From two frames' features to the flow between them: global, or within a radius.

    Shape: (b, h, w, c) twice -> (b, h, w, 2). Units: cells. Paper: GMFlow section 3.1.
    """

    def __init__(self, *, radius: int) -> None:
        super().__init__()
        self.radius = radius

    def forward(
        self, feature0: Float[Tensor, "b h w c"], feature1: Float[Tensor, "b h w c"]
    ) -> Float[Tensor, "b h w xy"]:
        if self.radius < 1:
            return match_globally(feature0, feature1)
        return match_locally(feature0, feature1, radius=self.radius)


class GMFlow(nn.Module):
    """The whole model. Shape: two frames (b, 3, h, w) in 0..255 -> `Flow`. Any size runs.

    >>> from utils.models import create_model
    >>> frames = torch.zeros(2, 1, 3, 60, 70)
    >>> create_model("gmflow_nano")(*frames, bidirectional=True).flow.shape
    torch.Size([2, 2, 60, 70])
    """

    def __init__(self, config: GMFlowConfig) -> None:
        super().__init__()
        self.config = config
        c, factor = config.channels, config.upsample_factor
        self.encoder = FlowEncoder(
            c,
            widths=config.widths,
            stride=factor,
            scales=config.scales,
            in_channels=config.in_channels,
            first_kernel=config.first_kernel,
        )
        self.transformer = FeatureTransformer(
            c,
            layers=config.layers,
            mlp_ratio=config.mlp_ratio,
            relative=config.position == "relative",
        )
        self.matching = nn.ModuleList(Matching(radius=radius) for radius in config.corr_radius)
        self.propagation = FlowPropagation(c)
        self.upsampler: ConvexUpsampler | UNetUpsampler
        if config.upsampler == "convex":
            self.upsampler = ConvexUpsampler(c, hidden=config.upsample_channels, factor=factor)
        else:
            self.upsampler = UNetUpsampler(c, widths=config.widths, factor=factor)

    def forward(
        self,
        frame0: Real[Tensor, "b rgb h w"],
        frame1: Real[Tensor, "b rgb h w"],
        bidirectional: bool = False,
    ) -> Flow:
        size = (frame0.shape[-2], frame0.shape[-1])
        scales, maps = self.encode(frame0, frame1)
        flow, coarse = None, []
        for scale, features in enumerate(scales):
            feature0, feature1 = features.chunk(2)
            if flow is not None:  # refinement: what is left after the flow so far
                flow = upsample_flow(flow, factor=2).detach()
                feature0, feature1 = _both_ways(feature0, feature1, bidirectional)
                feature1 = warp(feature1, flow)
            feature0, feature1 = self.enhance(feature0, feature1, scale)
            if flow is None:
                feature0, feature1 = _both_ways(feature0, feature1, bidirectional)
            matched = tap("matched", self.matching[scale](feature0, feature1))
            flow = matched if flow is None else flow + matched
            coarse.append((flow, scale))
            radius = self.config.prop_radius[scale]
            flow = tap("propagated", self.propagation(feature0, flow.detach(), radius=radius))
            coarse.append((flow, scale))
        if not bidirectional:
            maps = [x.chunk(2)[0] for x in maps]
        fine = [upsample_flow(x, factor=self.config.strides[scale]) for x, scale in coarse[:-1]]
        fine.append(self.upsampler(feature0, flow, maps))
        flows = [_as_picture(crop(x, size=size, place="center")) for x in fine]
        return Flow(flows[-1], flows)

    def encode(
        self, frame0: Real[Tensor, "b rgb h w"], frame1: Real[Tensor, "b rgb h w"]
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Features per scale, the coarsest first, and the skips, each of frame 0, then frame 1."""
        self._check(frame0, frame1)
        frames = rearrange([frame0, frame1], "two b rgb h w -> (two b) h w rgb")
        if not frames.is_floating_point():  # 8-bit frames, as they are read from a file
            frames = frames.to(self.encoder.projection.weight.dtype)
        side = self.config.multiple
        frames = pad_to_multiple(frames, multiple=(side, side), mode="replicate", place="center")
        frames = self.normalize(frames)
        count = len(frames)
        if not torch.is_grad_enabled():
            count = max(1, PORTION // (frames.shape[1] * frames.shape[2]))
        portions = [self.encoder(portion) for portion in frames.split(count)]
        features = [tap("features", x) for x in _join([features for features, _ in portions])]
        if self.config.upsampler == "convex":
            return features, []
        return features, _join([maps for _, maps in portions])

    def enhance(
        self, feature0: Float[Tensor, "b h w c"], feature1: Float[Tensor, "b h w c"], scale: int
    ) -> tuple[Float[Tensor, "b h w c"], Float[Tensor, "b h w c"]]:
        """Position added, then both frames through the transformer."""
        splits = self.config.attn_splits[scale]
        if self.config.position == "absolute":
            position = sine_position_by_count(
                (feature0.shape[1], feature0.shape[2]),
                splits=splits,
                channels=feature0.shape[-1],
                device=feature0.device,
                dtype=feature0.dtype,
            )
            feature0, feature1 = feature0 + position, feature1 + position
        feature0, feature1 = self.transformer(feature0, feature1, splits=splits)
        return tap("feature0", feature0), tap("feature1", feature1)

    def normalize(self, frames: Float[Tensor, "b h w rgb"]) -> Float[Tensor, "b h w rgb"]:
        """From 0..255 to ImageNet's mean 0 and deviation 1."""
        mean, std = frames.new_tensor([MEAN, STD])
        if self.config.in_channels == 1:
            mean, std = mean.mean(), std.mean()
        return (frames / 255 - mean) / std

    def _check(self, frame0: Tensor, frame1: Tensor) -> None:
        c = self.config.in_channels
        if frame0.shape != frame1.shape or frame0.ndim != 4 or frame0.shape[1] != c:
            raise ShapeError(
                f"frames of shapes {tuple(frame0.shape)} and {tuple(frame1.shape)} came",
                allowed=f"both are (b, {c}, h, w) of one size, with values in 0..255",
                mend="resize one to the other; picture[None] adds the batch axis",
            )


def _join(portions: list[list[Tensor]]) -> list[Tensor]:
    """Lists of maps, one list per portion of the batch -> one list of maps of the whole batch."""
    return [torch.cat(parts) for parts in zip(*portions, strict=True)]


def _both_ways(feature0: Tensor, feature1: Tensor, wanted: bool) -> tuple[Tensor, Tensor]:
    """With both directions wanted: frame 0 then 1 as sources, frame 1 then 0 as targets."""
    if not wanted:
        return feature0, feature1
    return torch.cat([feature0, feature1]), torch.cat([feature1, feature0])


def _as_picture(flow: Float[Tensor, "b h w xy"]) -> Float[Tensor, "b xy h w"]:
    return rearrange(flow, "b h w xy -> b xy h w").contiguous()

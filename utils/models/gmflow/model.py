"""GMFlow (Xu et al., arXiv 2111.13680).

| paper | here |
|---|---|
| I₁, I₂ | `frame0`, `frame1` |
| F₁, F₂ and F̂₁, F̂₂ (equation 5) | `feature0`, `feature1` before and after the transformer |
| P, the position | `sine_position_by_count` |
| C, M (equations 1, 2) | scores and "weights" of the attention inside `Matching` |
| G, Ĝ, V (equations 3, 4) | `coordinates`, the attention's result, `matched` |
| Ṽ (equation 6) | what `FlowPropagation` returns |
| splits K of the windows | `attn_splits` |

Differs from the official code in: matching and propagation are attention with coordinates and flow
as values; what a shift's mask forbids gets −∞ in place of −100; the backward flow is matched by its
own call instead of the transposed matrix; any size runs (frames are padded inside as the official
scripts do outside, and the flow is cropped); splits and radii are settings of the model; maps are
(b, h, w, c) throughout; the estimates on the way are brought to full size where asked for.
"""

import torch
from einops import rearrange
from jaxtyping import Float, Real
from torch import Tensor, nn

from utils.contracts import checked
from utils.models.base import Model, fits
from utils.models.gmflow.config import GMFlowConfig
from utils.models.gmflow.encoder import FlowEncoder
from utils.models.gmflow.flow import Flow
from utils.models.gmflow.propagation import FlowPropagation
from utils.models.gmflow.transformer import FeatureTransformer
from utils.models.gmflow.upsampler import BilinearUpsampler, ConvexUpsampler, UNetUpsampler
from utils.models.pictures import values_within
from utils.ops import (
    crop,
    match_globally,
    match_locally,
    pad_to_multiple,
    sine_position_by_count,
    upsample_flow,
    warp,
)
from utils.switch import replaceable
from utils.tap import tap

# ImageNet's mean and deviation, which the official code takes; gray is their mean.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SCALE = "0..255"


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
        # Over the whole map, or within so many cells
        if self.radius < 1:
            return match_globally(feature0, feature1)
        return match_locally(feature0, feature1, radius=self.radius)


class GMFlow(Model):
    """The whole model. Shape: two frames (b, 3, h, w) in 0..255 -> `Flow`. Any size runs.

    Frames may be whole numbers, and numpy arrays; with `bidirectional` the flow of frame 1 to
    frame 0 stands behind that of frame 0 to frame 1: (2b, 2, h, w).
    Raises: ShapeError for frames of two sizes, another number of channels, device or range.

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
        self.upsampler = {
            "convex": lambda: ConvexUpsampler(c, hidden=config.upsample_channels, factor=factor),
            "unet": lambda: UNetUpsampler(c, widths=config.widths, factor=factor),
            "bilinear": lambda: BilinearUpsampler(factor=factor),
        }[config.upsampler]()

    @checked(
        *fits("frame0", "frame1", any_dtype=True),
        values_within(
            "frame0", "frame1", least=-255.0, most=510.0, scale=SCALE, warn_of_small=True
        ),
    )
    def forward(
        self,
        frame0: Real[Tensor, "b rgb h w"],
        frame1: Real[Tensor, "b rgb h w"],
        bidirectional: bool = False,
    ) -> Flow:
        # Features of both frames for every scale, the coarsest first
        scales, skips = self.encode(frame0, frame1)
        flow, estimates = None, []
        for scale, features in enumerate(scales):
            # features of frame 0 and frame 1
            feature0, feature1 = features.chunk(2)
            if flow is not None:
                # Refinement: frame 1 is fetched along the flow so far, what is left is sought
                flow = upsample_flow(flow, factor=2).detach()
                feature0, feature1 = _both_ways(feature0, feature1, bidirectional)
                feature1 = warp(feature1, flow)
            # The transformer: each frame's features get to know both frames
            feature0, feature1 = self.enhance(feature0, feature1, scale)
            if flow is None:
                feature0, feature1 = _both_ways(feature0, feature1, bidirectional)
            # Matching: where each cell went
            matched = tap("matched", self.matching[scale](feature0, feature1))
            flow = matched if flow is None else flow + matched
            estimates.append(flow)
            # Propagation: what cannot be matched takes the flow of what looks like it
            radius = self.config.prop_radius[scale]
            flow = tap("propagated", self.propagation(feature0, flow.detach(), radius=radius))
            estimates.append(flow)
        # Upsampling: one flow for every pixel, in place of the last estimate
        if not bidirectional:
            skips = [x.chunk(2)[0] for x in skips]
        estimates[-1] = self.upsampler(feature0, flow, skips)
        # Cropped to the frames' size
        fine = crop(estimates[-1], size=(frame0.shape[2], frame0.shape[3]), place="center")
        return Flow(_as_picture(fine).contiguous(), [_as_picture(x) for x in estimates])

    @replaceable
    def encode(
        self, frame0: Real[Tensor, "b rgb h w"], frame1: Real[Tensor, "b rgb h w"]
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Features per scale, the coarsest first, and the skips, each of frame 0, then frame 1."""
        # both frames through the encoder
        features, maps = self.encoder(self.batch(frame0, frame1))
        # The U-Net alone takes the encoder's maps
        skips = maps if self.config.upsampler == "unet" else []
        return [tap("features", x) for x in features], skips

    def enhance(
        self, feature0: Float[Tensor, "b h w c"], feature1: Float[Tensor, "b h w c"], scale: int
    ) -> tuple[Float[Tensor, "b h w c"], Float[Tensor, "b h w c"]]:
        """Position added, then both frames through the transformer."""
        splits = self.config.attn_splits[scale]
        # The place within the window, added to the features
        if self.config.position == "absolute":
            position = sine_position_by_count(
                (feature0.shape[1], feature0.shape[2]),
                splits=splits,
                channels=feature0.shape[-1],
                device=feature0.device,
                dtype=feature0.dtype,
            )
            feature0, feature1 = feature0 + position, feature1 + position
        # Self- and cross-attention
        feature0, feature1 = self.transformer(feature0, feature1, splits=splits)
        return tap("feature0", feature0), tap("feature1", feature1)

    def batch(
        self, frame0: Real[Tensor, "b rgb h w"], frame1: Real[Tensor, "b rgb h w"]
    ) -> Float[Tensor, "twice_b padded_h padded_w rgb"]:
        """Frame 0, then frame 1, channels last, as large and as scaled as the encoder wants."""
        # frame 0 and frame 1 in one batch
        frames = rearrange([frame0, frame1], "two b rgb h w -> (two b) h w rgb")
        frames = frames.to(self.encoder.stem.weight.dtype)
        # The outermost pixels are repeated until windows fill the map
        side = self.config.multiple
        frames = pad_to_multiple(frames, multiple=(side, side), mode="replicate", place="center")
        return self.normalize(frames)

    def normalize(self, frames: Float[Tensor, "b h w rgb"]) -> Float[Tensor, "b h w rgb"]:
        """From 0..255 to ImageNet's mean 0 and deviation 1."""
        # mean and deviation of each color
        mean, std = frames.new_tensor([MEAN, STD])
        if self.config.in_channels == 1:
            mean, std = mean.mean(), std.mean()
        # mean 0 and deviation 1
        return (frames / 255 - mean) / std


def _both_ways(feature0: Tensor, feature1: Tensor, wanted: bool) -> tuple[Tensor, Tensor]:
    """With both directions wanted: frame 0 then 1 as sources, frame 1 then 0 as targets."""
    if not wanted:
        return feature0, feature1
    # both directions in one batch
    return torch.cat([feature0, feature1]), torch.cat([feature1, feature0])


def _as_picture(flow: Float[Tensor, "b h w xy"]) -> Float[Tensor, "b xy h w"]:
    # channels in front, as in pictures
    return rearrange(flow, "b h w xy -> b xy h w")

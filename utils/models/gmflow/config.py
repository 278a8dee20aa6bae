"""The settings of GMFlow and its published sizes."""

from dataclasses import dataclass, replace
from math import lcm
from typing import Annotated, ClassVar, Literal

from utils.contracts import Between, Count, check_fields, holds

GLOBAL = -1  # as a radius, in the official code: no window, the whole map
Radius = Annotated[int, Between(GLOBAL, 16_384)]


@dataclass(frozen=True)
class GMFlowConfig:
    """One GMFlow; the defaults are the published model with one scale.

    The three tuples have one entry per scale, the coarsest first. The finest features have the
    stride `upsample_factor`, each coarser scale twice as much.
    """

    picture_max: ClassVar[float] = 255.0  # frames come in 0..255; the model scales them itself

    channels: Count = 128  # D of the paper, the width of the features
    widths: tuple[Count, Count, Count] = (64, 96, 128)  # of the encoder's three stages
    layers: Count = 6
    mlp_ratio: Count = 4  # times the 2D channels that the feed-forward part reads
    upsample_factor: Literal[8, 4] = 8
    upsample_channels: Count = 256  # of the convex upsampler
    attn_splits: tuple[Count, ...] = (2,)
    corr_radius: tuple[Radius, ...] = (GLOBAL,)  # matching: −1 global, else the radius in cells
    prop_radius: tuple[Radius, ...] = (GLOBAL,)  # propagation, the same
    in_channels: Literal[3, 1] = 3  # 1: gray frames
    first_kernel: Count = 7  # of the encoder's first convolution: 7, 5 or 3
    # "relative": queries and keys turned by their place; "none": nothing tells them the place
    position: Literal["absolute", "relative", "none"] = "absolute"
    # "unet": a decoder with the encoder's maps as skips; "bilinear": nothing learned
    upsampler: Literal["convex", "unet", "bilinear"] = "convex"

    def __post_init__(self) -> None:
        check_fields(
            self,
            holds(
                lambda attn_splits, corr_radius, prop_radius: (
                    0 < len(attn_splits) == len(corr_radius) == len(prop_radius) < 3
                ),
                "each has one entry per scale, and there are one or two scales",
                mend="the published ones are (2,), (-1,), (-1,) and (2, 8), (-1, 4), (-1, 1)",
                of="setting",
            ),
            holds(
                lambda corr_radius, prop_radius: 0 not in corr_radius + prop_radius,
                "a radius is -1 for the whole map, or at least 1",
                mend="the published ones are (-1,) and (-1,)",
                of="setting",
            ),
            holds(
                lambda channels: channels % 4 == 0,
                "4 divides the channels: sine and cosine for y and for x tell the position",
                mend="the published model has channels=128",
                of="setting",
            ),
            holds(
                lambda first_kernel: first_kernel % 2 == 1,
                "a kernel has a middle: its side is odd",
                mend="pass first_kernel=7, 5 or 3",
                of="setting",
            ),
        )

    @property
    def scales(self) -> int:
        """How many times the flow is estimated, each time at twice the resolution."""
        return len(self.attn_splits)

    @property
    def strides(self) -> tuple[int, ...]:
        """Pixels per cell of the features of each scale, the coarsest first."""
        return tuple(self.upsample_factor * 2**k for k in reversed(range(self.scales)))

    @property
    def multiple(self) -> int:
        """What must divide both sides of the padded frames: 16, or 32 with refinement."""
        whole = (s * n for s, n in zip(self.strides, self.attn_splits, strict=True))
        return lcm(2 * self.strides[0], *whole)


_BASE = GMFlowConfig()
VARIANTS = {
    "gmflow_nano": replace(
        _BASE,
        channels=64,
        widths=(32, 48, 64),
        layers=4,
        mlp_ratio=2,
        upsample_factor=4,
        upsample_channels=128,
    ),
    "gmflow": _BASE,
    "gmflow_refine": replace(
        _BASE, upsample_factor=4, attn_splits=(2, 8), corr_radius=(-1, 4), prop_radius=(-1, 1)
    ),
}

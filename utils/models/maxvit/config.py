"""The settings of MaxViT and its published sizes."""

from dataclasses import dataclass, replace
from typing import Literal

from utils.contracts import Count, Positive, Share, check_fields, holds
from utils.models.base import drops_less_than_all

Kind = Literal["window", "grid"]

RULES = (
    holds(
        lambda depths, channels: len(depths) == len(channels) > 0,
        "both have one entry per stage",
        mend="MaxViT-T has depths=(2, 2, 5, 2), channels=(64, 128, 256, 512)",
        of="setting",
    ),
    holds(
        lambda channels, channels_per_head: not any(c % channels_per_head for c in channels),
        "every stage has a whole number of heads",
        mend="the published models take channels_per_head=32 and multiples of it",
        of="setting",
    ),
    drops_less_than_all,
)


@dataclass(frozen=True)
class MaxViTConfig:
    """One MaxViT; the defaults are MaxViT-T's (paper table 1 and appendix A.1)."""

    stem_channels: Count = 64
    channels: tuple[Count, ...] = (64, 128, 256, 512)
    depths: tuple[Count, ...] = (2, 2, 5, 2)
    channels_per_head: Count = 32
    window_size: Positive = 7  # P of the blocks and G of the grid, which the paper keeps equal
    # What each block attends to after its MBConv; the paper's ablation gives up one of the two.
    kinds: tuple[Kind, ...] = ("window", "grid")
    in_channels: Count = 3
    classes: Positive = 1000
    drop_path: Share = 0.2
    mean: tuple[float, ...] = (0.5, 0.5, 0.5)  # the published weights want pictures in [−1, 1]
    std: tuple[float, ...] = (0.5, 0.5, 0.5)

    def __post_init__(self) -> None:
        check_fields(self, *RULES)


_TINY = MaxViTConfig()
VARIANTS = {
    "maxvit_nano": replace(
        _TINY,
        stem_channels=16,
        channels=(32, 64, 96),
        depths=(1, 1, 1),
        channels_per_head=16,
        window_size=4,
        classes=12,
        drop_path=0.0,
    ),
    "maxvit_t": _TINY,
    "maxvit_s": replace(_TINY, channels=(96, 192, 384, 768), drop_path=0.3),
    "maxvit_b": replace(_TINY, channels=(96, 192, 384, 768), depths=(2, 6, 14, 2), drop_path=0.4),
    "maxvit_l": replace(
        _TINY,
        stem_channels=128,
        channels=(128, 256, 512, 1024),
        depths=(2, 6, 14, 2),
        drop_path=0.6,
    ),
}

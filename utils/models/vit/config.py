"""The settings of a plain vision transformer and its published sizes."""

from dataclasses import dataclass, replace

from utils.contracts import Count, Positive, Share, check_fields, holds
from utils.models.base import drops_less_than_all

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
PATCH = 16  # the adapter's maps at 1/8, 1/16 and 1/32 stand around it

RULES = (
    holds(
        lambda channels, num_heads: channels % num_heads == 0,
        "the number of heads divides the channels",
        mend="the published models take 64 channels per head",
        of="setting",
    ),
    holds(
        lambda window_attn, depth: len(window_attn) in (0, depth),
        "there is one entry per block, or none at all: then every block is global",
        mend=lambda depth: f"pass window_attn=(True, ...) with {depth} entries",
        of="setting",
    ),
    holds(
        lambda pretrain_size: pretrain_size % PATCH == 0,
        f"it is a multiple of the patch, {PATCH}",
        mend="the published value is 224",
        of="setting",
    ),
    drops_less_than_all,
)


@dataclass(frozen=True)
class ViTConfig:
    """One plain ViT; the defaults are ViT-T's (DeiT's sizes, ViT-Adapter table 10)."""

    channels: Count = 192
    depth: Count = 12
    num_heads: Count = 3
    mlp_ratio: float = 4.0
    in_channels: Count = 3
    pretrain_size: Count = 224  # side of the picture that the position embedding was learned on
    window_attn: tuple[bool, ...] = ()  # per block: attention in windows? () means in none
    window_size: Positive = 14
    drop_path: Share = 0.1
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD

    def __post_init__(self) -> None:
        check_fields(self, *RULES)


_TINY = ViTConfig()
VARIANTS = {
    "vit_nano": replace(_TINY, channels=96, depth=4, pretrain_size=64, drop_path=0.0),
    "vit_t": _TINY,
    "vit_s": replace(_TINY, channels=384, num_heads=6, drop_path=0.2),
    "vit_b": replace(_TINY, channels=768, num_heads=12, drop_path=0.3),
    "vit_l": replace(
        _TINY, channels=1024, depth=24, num_heads=16, pretrain_size=384, drop_path=0.4
    ),
}

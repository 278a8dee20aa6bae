"""The settings of a plain vision transformer and its published sizes."""

from dataclasses import dataclass, replace

from utils.contracts import check_fields
from utils.errors import ConfigError, check_at_least_one

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
PATCH = 16  # the adapter's maps at 1/8, 1/16 and 1/32 stand around it


@dataclass(frozen=True)
class ViTConfig:
    """One plain ViT; the defaults are ViT-T's (DeiT's sizes, ViT-Adapter table 10)."""

    channels: int = 192
    depth: int = 12
    num_heads: int = 3
    mlp_ratio: float = 4.0
    in_channels: int = 3
    pretrain_size: int = 224  # side of the picture that the position embedding was learned on
    window_attn: tuple[bool, ...] = ()  # per block: attention in windows? () means in none
    window_size: int = 14
    drop_path: float = 0.1
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD

    def __post_init__(self) -> None:
        check_fields(self)
        check_at_least_one(self, "channels", "depth", "num_heads", "in_channels", "window_size")
        if self.window_attn and len(self.window_attn) != self.depth:
            raise ConfigError(
                f"{len(self.window_attn)} entries of window_attn came for {self.depth} blocks",
                allowed="there is one per block, or none at all: then every block is global",
                mend=f"pass window_attn=({self.depth} times True or False)",
            )
        if self.pretrain_size < PATCH or self.pretrain_size % PATCH:
            raise ConfigError(
                f"pretrain_size={self.pretrain_size} came",
                allowed=f"it is a multiple of the patch, {PATCH}",
                mend="the published value is 224",
            )


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

"""The settings of Swin and its published sizes."""

from dataclasses import dataclass, replace

from utils.contracts import Count, Positive, Share, check_fields, holds
from utils.models.base import drops_less_than_all

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

RULES = (
    holds(
        lambda depths, num_heads: len(depths) == len(num_heads) > 0,
        "both have one entry per stage",
        mend="Swin-T has depths=(2, 2, 6, 2), num_heads=(3, 6, 12, 24)",
        of="setting",
    ),
    holds(
        lambda channels, num_heads: (
            not any(channels * 2**stage % heads for stage, heads in enumerate(num_heads))
        ),
        "the heads of each stage divide its channels, which double from stage to stage",
        mend="the published models take 32 channels per head",
        of="setting",
    ),
    drops_less_than_all,
)


@dataclass(frozen=True)
class SwinConfig:
    """One Swin; the defaults are Swin-T's (paper table 7 and the official configuration)."""

    channels: Count = 96  # C of the paper, the width of stage 1; each stage doubles it
    depths: tuple[Count, ...] = (2, 2, 6, 2)
    num_heads: tuple[Count, ...] = (3, 6, 12, 24)
    window_size: Positive = 7  # M
    patch_size: Positive = 4
    in_channels: Count = 3
    classes: Positive = 1000
    drop_path: Share = 0.2
    shift: bool = True  # False: the paper's ablation without shifted windows (table 4)
    relative_position: bool = True  # False: the paper's ablation without the bias B (table 4)
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD

    def __post_init__(self) -> None:
        check_fields(self, *RULES)


_TINY = SwinConfig()
VARIANTS = {
    "swin_nano": replace(
        _TINY,
        channels=32,
        depths=(2, 2, 2),
        num_heads=(2, 4, 8),
        window_size=4,
        classes=12,
        drop_path=0.0,
    ),
    "swin_t": _TINY,
    "swin_s": replace(_TINY, depths=(2, 2, 18, 2), drop_path=0.3),
    "swin_b": replace(
        _TINY, channels=128, depths=(2, 2, 18, 2), num_heads=(4, 8, 16, 32), drop_path=0.5
    ),
    "swin_l": replace(_TINY, channels=192, depths=(2, 2, 18, 2), num_heads=(6, 12, 24, 48)),
}

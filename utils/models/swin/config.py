"""The settings of Swin and its published sizes."""

from dataclasses import dataclass, replace

from utils.contracts import check_fields
from utils.errors import ConfigError, check_at_least_one

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class SwinConfig:
    """One Swin; the defaults are Swin-T's (paper table 7 and the official configuration)."""

    channels: int = 96  # C of the paper, the width of stage 1; each stage doubles it
    depths: tuple[int, ...] = (2, 2, 6, 2)
    num_heads: tuple[int, ...] = (3, 6, 12, 24)
    window_size: int = 7  # M
    patch_size: int = 4
    in_channels: int = 3
    classes: int = 1000
    drop_path: float = 0.2
    shift: bool = True  # False: the paper's ablation without shifted windows (table 4)
    relative_position: bool = True  # False: the paper's ablation without the bias B (table 4)
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD

    def __post_init__(self) -> None:
        check_fields(self)
        if len(self.depths) != len(self.num_heads) or not self.depths:
            raise ConfigError(
                f"{len(self.depths)} depths and {len(self.num_heads)} numbers of heads came",
                allowed="both have one entry per stage",
                mend="Swin-T has depths=(2, 2, 6, 2), num_heads=(3, 6, 12, 24)",
            )
        check_at_least_one(self, "channels", "window_size", "patch_size", "in_channels", "classes")


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

"""The settings of MaxViT and its published sizes."""

from dataclasses import dataclass, replace
from typing import Literal

from utils.contracts import check_fields
from utils.errors import ConfigError, check_at_least_one

Kind = Literal["window", "grid"]


@dataclass(frozen=True)
class MaxViTConfig:
    """One MaxViT; the defaults are MaxViT-T's (paper table 1 and appendix A.1)."""

    stem_channels: int = 64
    channels: tuple[int, ...] = (64, 128, 256, 512)
    depths: tuple[int, ...] = (2, 2, 5, 2)
    channels_per_head: int = 32
    window_size: int = 7  # P of the blocks and G of the grid, which the paper keeps equal
    # What each block attends to after its MBConv; the paper's ablation gives up one of the two.
    kinds: tuple[Kind, ...] = ("window", "grid")
    in_channels: int = 3
    classes: int = 1000
    drop_path: float = 0.2
    mean: tuple[float, ...] = (0.5, 0.5, 0.5)  # the published weights want pictures in [−1, 1]
    std: tuple[float, ...] = (0.5, 0.5, 0.5)

    def __post_init__(self) -> None:
        check_fields(self)
        if len(self.depths) != len(self.channels) or not self.depths:
            raise ConfigError(
                f"{len(self.depths)} depths and {len(self.channels)} numbers of channels came",
                allowed="both have one entry per stage",
                mend="MaxViT-T has depths=(2, 2, 5, 2), channels=(64, 128, 256, 512)",
            )
        if not set(self.kinds) <= {"window", "grid"}:
            raise ConfigError(
                f"kinds={self.kinds!r} came",
                allowed="each kind is 'window' (neighbors) or 'grid' (strided)",
                mend="the paper's block has kinds=('window', 'grid')",
            )
        check_at_least_one(
            self, "stem_channels", "channels_per_head", "window_size", "in_channels", "classes"
        )
        if any(width < 1 or width % self.channels_per_head for width in self.channels):
            raise ConfigError(
                f"channels={self.channels} with {self.channels_per_head} channels per head came",
                allowed="every stage has a whole number of heads",
                mend="the published models take channels_per_head=32 and multiples of it",
            )


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

"""The settings of ViT-Adapter and its published sizes."""

from dataclasses import dataclass, replace

from utils.errors import ConfigError, check_at_least_one
from utils.models.vit import ViTConfig

INTERACTIONS = 4  # N of the paper: groups of blocks, each with an injector before, extractor after
ATTENTIONS = ("deformable", "global", "windows", "linear")


@dataclass(frozen=True)
class ViTAdapterConfig(ViTConfig):
    """One ViT-Adapter; the defaults are ViT-Adapter-T's (paper table 10, official code)."""

    conv_channels: int = 64  # of the spatial prior's stem
    adapter_heads: int = 6
    points: int = 4  # sampling points per head and map
    value_ratio: float = 1.0  # width of the deformable attention's values beside the channels
    ffn_ratio: float = 0.25  # hidden width of the extractor's feed-forward
    attention: str = "deformable"  # inside the adapter; kinds: see attentions.py
    adapter_window: int = 2  # of attention="windows": its side at 1/32; 2 and 4 times it above
    pooled: int = 7  # of attention="linear": the side that every map is pooled to

    def __post_init__(self) -> None:
        super().__post_init__()
        check_at_least_one(self, "conv_channels", "points", "adapter_window", "pooled")
        if self.depth % INTERACTIONS:
            raise ConfigError(
                f"depth={self.depth} came",
                allowed=f"the blocks make {INTERACTIONS} groups of the same size",
                mend=f"pass a multiple of {INTERACTIONS}; the published values are 12 and 24",
            )
        if self.attention not in ATTENTIONS:
            raise ConfigError(
                f"attention={self.attention!r} came",
                allowed=f"attention is one of {', '.join(ATTENTIONS)}",
                mend="pass attention='deformable', ViT-Adapter's own",
            )
        width = int(self.channels * self.value_ratio)
        if self.adapter_heads < 1 or width % self.adapter_heads:
            raise ConfigError(
                f"{self.adapter_heads} adapter_heads for values of {width} channels came",
                allowed="the number of heads divides int(channels · value_ratio)",
                mend="ViT-Adapter-T has 6 heads for 192 channels",
            )


_TINY = ViTAdapterConfig()
VARIANTS = {
    "vit_adapter_nano": replace(
        _TINY,
        channels=96,
        depth=4,
        pretrain_size=64,
        drop_path=0.0,
        conv_channels=16,
        adapter_heads=3,
        value_ratio=0.5,
    ),
    "vit_adapter_t": _TINY,
    "vit_adapter_s": replace(_TINY, channels=384, num_heads=6, drop_path=0.2),
    "vit_adapter_b": replace(
        _TINY, channels=768, num_heads=12, drop_path=0.3, adapter_heads=12, value_ratio=0.5
    ),
    "vit_adapter_l": replace(
        _TINY,
        channels=1024,
        depth=24,
        num_heads=16,
        pretrain_size=384,
        drop_path=0.4,
        adapter_heads=16,
        value_ratio=0.5,
    ),
}

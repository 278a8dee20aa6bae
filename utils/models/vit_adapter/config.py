"""The settings of ViT-Adapter and its published sizes."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

from utils.contracts import Count, Positive, check_fields, holds
from utils.models.vit import ViTConfig

INTERACTIONS = 4  # N of the paper: groups of blocks, each with an injector before, extractor after
Attention = Literal["deformable", "global", "windows", "linear"]
ATTENTIONS = get_args(Attention)

RULES = (
    holds(
        lambda depth: depth % INTERACTIONS == 0,
        f"the blocks make {INTERACTIONS} groups of the same size",
        mend=f"pass a multiple of {INTERACTIONS}; the published values are 12 and 24",
        of="setting",
    ),
    holds(
        lambda channels, value_ratio, adapter_heads: (
            int(channels * value_ratio) >= 1 and int(channels * value_ratio) % adapter_heads == 0
        ),
        "the number of heads divides int(channels · value_ratio)",
        mend="ViT-Adapter-T has 6 heads for 192 channels",
        of="setting",
    ),
    holds(
        lambda attention, channels, adapter_heads: (
            attention == "deformable" or channels % adapter_heads == 0
        ),
        "the number of heads divides the channels",
        mend="ViT-Adapter-T has 6 heads for 192 channels",
        of="setting",
    ),
    holds(
        lambda channels, ffn_ratio: int(channels * ffn_ratio) >= 1,
        "the extractor's feed-forward has at least one channel inside",
        mend="the published ratio is 0.25",
        of="setting",
    ),
)


@dataclass(frozen=True)
class ViTAdapterConfig(ViTConfig):
    """One ViT-Adapter; the defaults are ViT-Adapter-T's (paper table 10, official code)."""

    conv_channels: Count = 64  # of the spatial prior's stem
    adapter_heads: Count = 6
    points: Count = 4  # sampling points per head and map
    value_ratio: float = 1.0  # width of the deformable attention's values beside the channels
    ffn_ratio: float = 0.25  # hidden width of the extractor's feed-forward
    attention: Attention = "deformable"  # inside the adapter; kinds: see attentions.py
    adapter_window: Positive = 2  # of attention="windows": its side at 1/32; 2 and 4 times it above
    pooled: Count = 7  # of attention="linear": the side that every map is pooled to
    # Names of the official code.
    use_extra_extractor: bool = True  # two more extractors after the last interaction
    add_vit_feature: bool = True  # the ViT's maps are added to the side path's at the end
    with_cffn: bool = True  # the extractor's feed-forward with its convolution
    with_cp: bool = False  # gradient checkpointing: less memory in training, more time

    def __post_init__(self) -> None:
        super().__post_init__()
        check_fields(self, *RULES)


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

"""Modules with parameters that two or more of the models share."""

from utils.layers.drop_path import DropPath, drop_path_rates
from utils.layers.heads import heads_divide_channels
from utils.layers.map_conv import MapConv2d
from utils.layers.map_norm import MapBatchNorm2d
from utils.layers.mlp import Mlp
from utils.layers.patch import PatchEmbedding, PatchMerging
from utils.layers.upsample import DoubleSize
from utils.layers.window_attention import WindowAttention

__all__ = [
    "DoubleSize",
    "DropPath",
    "MapBatchNorm2d",
    "MapConv2d",
    "Mlp",
    "PatchEmbedding",
    "PatchMerging",
    "WindowAttention",
    "drop_path_rates",
    "heads_divide_channels",
]

"""Modules with parameters that two or more of the models share."""

from utils.layers.drop_path import DropPath, drop_path_rates
from utils.layers.mlp import Mlp
from utils.layers.patch import PatchEmbedding, PatchMerging
from utils.layers.window_attention import WindowAttention

__all__ = [
    "DropPath",
    "Mlp",
    "PatchEmbedding",
    "PatchMerging",
    "WindowAttention",
    "drop_path_rates",
]

"""A plain vision transformer, and a simple pyramid on top of it."""

from utils.models.vit.config import PATCH, VARIANTS, ViTConfig
from utils.models.vit.model import (
    PatchEmbedding,
    PlainViT,
    SelfAttention,
    SimplePyramid,
    ViT,
    ViTBlock,
    crop_maps,
    init_linear,
)

__all__ = [
    "PATCH",
    "VARIANTS",
    "PatchEmbedding",
    "PlainViT",
    "SelfAttention",
    "SimplePyramid",
    "ViT",
    "ViTBlock",
    "ViTConfig",
    "crop_maps",
    "init_linear",
]

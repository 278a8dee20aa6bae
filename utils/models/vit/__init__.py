"""A plain vision transformer, and a simple pyramid on top of it."""

from utils.models.vit.config import PATCH, VARIANTS, ViTConfig
from utils.models.vit.dinov2 import DINOV2_VARIANTS, DinoV2, DinoV2Config, Tokens
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
    "DINOV2_VARIANTS",
    "PATCH",
    "VARIANTS",
    "DinoV2",
    "DinoV2Config",
    "PatchEmbedding",
    "PlainViT",
    "SelfAttention",
    "SimplePyramid",
    "Tokens",
    "ViT",
    "ViTBlock",
    "ViTConfig",
    "crop_maps",
    "init_linear",
]

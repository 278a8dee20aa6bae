"""ViT-Adapter: a plain ViT and a convolutional side path that feed each other."""

from utils.models.vit_adapter.attentions import (
    CrossAttention,
    DeformableAttention,
    LinearAttention,
    WindowCrossAttention,
)
from utils.models.vit_adapter.blocks import (
    ConvFFN,
    ConvNormReLU,
    Extractor,
    Injector,
    Interaction,
    SpatialPrior,
)
from utils.models.vit_adapter.config import ATTENTIONS, VARIANTS, ViTAdapterConfig
from utils.models.vit_adapter.model import ViTAdapter

__all__ = [
    "ATTENTIONS",
    "VARIANTS",
    "ConvFFN",
    "ConvNormReLU",
    "CrossAttention",
    "DeformableAttention",
    "Extractor",
    "Injector",
    "Interaction",
    "LinearAttention",
    "SpatialPrior",
    "ViTAdapter",
    "ViTAdapterConfig",
    "WindowCrossAttention",
]

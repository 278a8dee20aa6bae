"""MaxViT: MBConv, then the same attention twice, among neighbors and across the grid."""

from utils.models.maxvit.config import VARIANTS, MaxViTConfig
from utils.models.maxvit.mbconv import MBConv, SameConv2d, Shortcut, SqueezeExcite, Stem
from utils.models.maxvit.model import AxisAttention, MaxViT, MaxViTBlock, MaxViTStage

__all__ = [
    "VARIANTS",
    "AxisAttention",
    "MBConv",
    "MaxViT",
    "MaxViTBlock",
    "MaxViTConfig",
    "MaxViTStage",
    "SameConv2d",
    "Shortcut",
    "SqueezeExcite",
    "Stem",
]

"""Swin Transformer: attention in windows that shift from block to block."""

from utils.models.swin.config import VARIANTS, SwinConfig
from utils.models.swin.model import Swin, SwinBlock, SwinStage

__all__ = ["VARIANTS", "Swin", "SwinBlock", "SwinConfig", "SwinStage"]

"""DINOv2: whom the class token and the patches ask, head by head, and the patches in own colors."""

from utils.explorers.dinov2.widget import DinoV2View as Explorer

__all__ = ["Explorer"]

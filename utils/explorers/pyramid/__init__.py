"""The pyramids of a plain ViT and of a ViT-Adapter, with their frequencies."""

from utils.explorers.pyramid.widget import Pyramid as Explorer

__all__ = ["Explorer"]

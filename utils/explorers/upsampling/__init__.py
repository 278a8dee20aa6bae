"""Nine weights for every pixel: GMFlow's convex upsampling."""

from utils.explorers.upsampling.widget import Upsampling as Explorer

__all__ = ["Explorer"]

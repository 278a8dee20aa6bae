"""Squeeze-excite: which channels an MBConv opens for which shape."""

from utils.explorers.squeeze_excite.widget import SqueezeExcite as Explorer

__all__ = ["Explorer"]

"""The relative position bias: window, table and matrix."""

from utils.explorers.relative_position.widget import RelativePosition as Explorer

__all__ = ["Explorer"]

"""Windows, grid and axes: who can see whom."""

from utils.explorers.windows.widget import Windows as Explorer

__all__ = ["Explorer"]

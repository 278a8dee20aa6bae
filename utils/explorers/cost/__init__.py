"""What every kind of attention costs as the picture grows, and where it runs out of memory."""

from utils.explorers.cost.widget import Cost as Explorer

__all__ = ["Explorer"]

"""Go with one flow and back with the other: who does not come home is hidden."""

from utils.explorers.occlusion.widget import Occlusion as Explorer

__all__ = ["Explorer"]

"""Rain, noise and blur put on a picture, and taken off again."""

from utils.explorers.restore.widget import Restore as Explorer

__all__ = ["Explorer"]

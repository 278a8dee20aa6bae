"""All kinds of attention on one scene: click a cell, and every view answers at once."""

from utils.explorers.attend.widget import Attend as Explorer

__all__ = ["Explorer"]

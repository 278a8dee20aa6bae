"""Where a cell of frame 0 is sought in frame 1: one row of GMFlow's matching."""

from utils.explorers.match.widget import Match as Explorer

__all__ = ["Explorer"]

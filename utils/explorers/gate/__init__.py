"""What the gated feed-forward of a Restormer lets through, channel by channel."""

from utils.explorers.gate.widget import Gate as Explorer

__all__ = ["Explorer"]

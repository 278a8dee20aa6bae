"""Attention across channels: the matrix, and the pictures that it compares and mixes."""

from utils.explorers.mdta.widget import ChannelAttention as Explorer

__all__ = ["Explorer"]

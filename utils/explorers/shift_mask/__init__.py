"""The cyclic shift and the mask that belongs to it."""

from utils.explorers.shift_mask.widget import ShiftMask as Explorer

__all__ = ["Explorer"]

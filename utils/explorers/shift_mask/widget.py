"""The shift-mask view: roll the map, pick a window, read its mask."""

from typing import ClassVar

from utils.explorers.base import Explorer
from utils.explorers.shift_mask import compute, still


class ShiftMask(Explorer):
    """Regions before and after the roll, and the mask of one window."""

    name = "shift_mask"
    title = "The shift and its mask"
    hint = "Click a window on the left. Point at a row of its mask: which letters may it see?"
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 498
    in_module = True

"""The relative-position view: one pair, its entry of the table, all pairs that share it."""

from typing import ClassVar

from utils.explorers.base import Explorer
from utils.explorers.relative_position import compute, still


class RelativePosition(Explorer):
    """Window, table and matrix, linked."""

    name = "relative_position"
    title = "Relative position"
    hint = "Drag the ring (query) or click another cell (key): the same offset, the same entry."
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 496
    in_module = True

"""The multi-axis view: click a cell, and its block and its grid group light up together."""

from typing import ClassVar

from utils.explorers.base import Explorer
from utils.explorers.multi_axis import compute, still


class MultiAxis(Explorer):
    """Two layers of block, grid or axial attention on the scene."""

    name = "multi_axis"
    title = "Block and grid"
    hint = (
        "Click a cell: its block and its grid group light up. Drag the square: through which cell "
        "does its word arrive? What is veiled stays unheard."
    )
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 574
    in_module = True

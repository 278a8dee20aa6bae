"""The windows view: point at a cell and see who it can see."""

from typing import ClassVar

from utils.explorers.base import Explorer
from utils.explorers.windows import compute, still


class Windows(Explorer):
    """Window, grid and axial groups on the scene."""

    name = "windows"
    title = "Windows"
    hint = "Click a cell, or move the ring with the arrow keys. What is veiled, it cannot see."
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 462
    in_module = True

"""The upsampling view: click a pixel and see from which coarse cells its flow is mixed."""

from typing import ClassVar

from utils.explorers.pair import PairExplorer
from utils.explorers.upsampling import compute, still


class Upsampling(PairExplorer):
    """The nine weights of one pixel."""

    name = "upsampling"
    title = "Upsampling"
    hint = "Click pixels on both sides of an edge: neighbors in one coarse cell mix other flows."
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 574

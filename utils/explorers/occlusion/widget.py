"""The occlusion view: there with one flow, back with the other, and who does not come home."""

from typing import ClassVar

from utils.explorers.occlusion import compute, still
from utils.explorers.pair import PairExplorer


class Occlusion(PairExplorer):
    """The forward-backward check with its threshold, beside the exact occlusion."""

    name = "occlusion"
    title = "Occlusion"
    hint = "Click a pixel beside a moving shape. Then move the threshold: what is missed?"
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 664

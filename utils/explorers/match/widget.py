"""The matching view: click a place of frame 0 and see where it is sought in frame 1."""

from typing import ClassVar

from utils.explorers.match import compute, still
from utils.explorers.pair import PairExplorer


class Match(PairExplorer):
    """One query of GMFlow's matching on two frames."""

    name = "match"
    title = "Matching"
    hint = (
        "Click a place in frame 0: bright in frame 1 is where it may have gone. "
        "Then look before the transformer."
    )
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 612

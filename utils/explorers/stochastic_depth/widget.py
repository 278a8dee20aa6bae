"""The stochastic depth view: coins for every sample and branch, and what they do to the sum."""

from typing import ClassVar

from utils.explorers.base import Explorer
from utils.explorers.stochastic_depth import compute, still


class StochasticDepth(Explorer):
    """Living branches of sixteen samples, and the mean of many passes beside the whole."""

    name = "stochastic_depth"
    title = "Stochastic depth"
    hint = "Raise the rate: who loses which branch? Then average more samples."
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 470
    takes_picture = False

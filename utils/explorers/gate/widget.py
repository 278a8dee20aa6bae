"""The gate view: click a channel and see what its gate does."""

from typing import ClassVar

from utils.explorers.gate import compute, still
from utils.explorers.restormers import WeatherExplorer


class Gate(WeatherExplorer):
    """What GDFN lets through, channel by channel."""

    name = "gate"
    title = "The gate"
    hint = "Click a channel: bright is an open gate. Then look at the same gate in the sun."
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 522

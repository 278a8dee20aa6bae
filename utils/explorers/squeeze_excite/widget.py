"""The squeeze-excite view: which channels open for which shape."""

from typing import ClassVar

from utils.explorers.model_view import ModelExplorer
from utils.explorers.squeeze_excite import compute, still


class SqueezeExcite(ModelExplorer):
    """The gates of one MBConv, by class of shape and channel."""

    name = "squeeze_excite"
    title = "Squeeze-excite"
    hint = (
        "Click a row and a channel: how far does the gate open for this shape, and what does the "
        "channel carry? Then try the first MBConv."
    )
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 606

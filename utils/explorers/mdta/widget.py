"""The MDTA view: click a cell of the matrix and see what it compares."""

from typing import ClassVar

from utils.explorers.mdta import compute, still
from utils.explorers.model_view import ModelExplorer


class ChannelAttention(ModelExplorer):
    """The channels × channels matrix of a Restormer, beside the channels as pictures."""

    name = "mdta"
    title = "Attention across channels"
    hint = "Click a cell: it compares two channels, whole pictures. Then turn the heat up."
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 500

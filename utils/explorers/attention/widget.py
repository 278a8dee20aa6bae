"""The attention view: click a cell and see where it looks."""

from typing import ClassVar

from utils.explorers.attention import compute, still
from utils.explorers.model_view import ModelExplorer


class Attention(ModelExplorer):
    """Attention weights of a Swin on the picture."""

    name = "attention"
    title = "Attention"
    hint = "Click a cell: bright is where it looks. Then let all blocks of the stage work together."
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 574

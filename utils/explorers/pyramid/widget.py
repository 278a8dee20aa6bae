"""The pyramid view: two models, four scales."""

from typing import ClassVar

from utils.explorers.model_view import ModelExplorer
from utils.explorers.pyramid import compute, still


class Pyramid(ModelExplorer):
    """Feature maps of a plain ViT beside those of a ViT-Adapter."""

    name = "pyramid"
    title = "Pyramid"
    hint = (
        "Compare the edges of the shapes, left and right. Then go to 1/4, and to single channels."
    )
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 494

"""The DINOv2 view: whom a token asks, every head at once, and the patches in their own colors."""

from pathlib import Path
from typing import Any, ClassVar

from torch import nn

from utils.explorers.dinov2 import compute, still
from utils.explorers.dinov2.models import model_of
from utils.explorers.model_view import ModelExplorer


class DinoV2View(ModelExplorer):
    """Attention of the class token and of the patches, and the patches' main directions.

    `file` is one of the authors' files; without it the folder of the notebook is looked through,
    and where there is none a stand-in is shown.
    """

    name = "dinov2"
    title = "DINOv2"
    hint = "Choose a head, or click a patch and let it ask. Equal colors: alike."
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 510

    def __init__(
        self,
        picture: Any = None,
        *,
        model: nn.Module | None = None,
        file: str | Path | None = None,
        **settings: Any,
    ):
        if file is not None:
            model = model_of(file)
        super().__init__(picture, model=model, **settings)

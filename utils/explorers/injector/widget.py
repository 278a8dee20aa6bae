"""The injector view: γ by slider."""

from typing import ClassVar

from utils.explorers.injector import compute, still
from utils.explorers.model_view import ModelExplorer


class InjectorView(ModelExplorer):
    """The plain ViT's tokens before and after the injector."""

    name = "injector"
    title = "Injector"
    hint = "Pull γ to 0: the ViT goes deaf to the side path. Then pull it beyond the trained value."
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 490

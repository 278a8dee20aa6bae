"""The drawing of each model: click a box."""

from contextlib import suppress
from typing import Any, ClassVar

from torch import Tensor, nn

from utils.errors import ConfigError
from utils.explorers.architecture import compute, still
from utils.explorers.model_view import ModelExplorer
from utils.figures.network_plans import network_of


class Architecture(ModelExplorer):
    """All boxes of a model with their real sizes, each with its tensor, its code and its view.

    `explore("architecture", model=...)` draws another variant of one of the five.
    """

    name = "architecture"
    title = "The whole model"
    hint = "Click a box, or go with the arrow keys: what it gives, and, folded, the code that ran."
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 800

    def __init__(self, picture: Any = None, *, model: nn.Module | None = None, **settings: Any):
        self.given = model
        self.passed: tuple[str, str] | None = None
        if model is not None:
            with suppress(ConfigError):  # the pass says it, in the view
                settings["network"] = network_of(model)
        self.own = settings.get("network") if model is not None else None
        super().__init__(picture, model=model, **settings)

    def take_picture(self, source: Any) -> None:
        super().take_picture(source)
        self.is_scene = source is None

    def inputs(self) -> list[Tensor]:
        return compute.pictures(self.settings, None if self.is_scene else self.picture)

    def inside(self, device: str) -> Any:
        wanted = (self.settings.network, self.settings.size)
        if wanted != self.passed:
            self.passed, self.kept = wanted, {}
            mine = self.given is not None and self.own in (None, wanted[0])
            self.model = self.given if mine and self.given else compute.shipped(wanted[0])
            self.model.eval()
        return super().inside(device)

    def forget(self) -> None:
        super().forget()
        self.given = None

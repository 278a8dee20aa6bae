"""The flow view: move, turn and zoom the scene, and the model says what went where."""

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from utils.errors import CourseError
from utils.explorers.flow import compute, still
from utils.explorers.pair import Pair, PairExplorer, moved_pair
from utils.explorers.picture import picture_of
from utils.explorers.settings import check_settings
from utils.io import as_picture, own_picture


class FlowView(PairExplorer):
    """Optical flow, live. `size=(h, w)` renders larger scenes; own frames keep the first one's."""

    name = "flow"
    title = "Flow"
    hint = "Move the shape by the sliders. Click frame 0 to see frame 1."
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 660

    def __init__(
        self,
        picture: Any = None,
        *,
        frames: tuple[Any, Any] | None = None,
        model: nn.Module | None = None,
        size: tuple[int, int] = compute.PICTURE_SIZE,
        **settings: Any,
    ) -> None:
        self.wanted_size = size
        self.source: Tensor | None = None
        self.shown: compute.Settings | None = None  # whose motion the frames show
        super().__init__(picture, frames=frames, model=model, **settings)

    @property
    def size(self) -> tuple[int, int]:
        return self.wanted_size

    def take_picture(self, source: Any) -> None:
        self.source = None if source is None else picture_of(source, size=self.size)
        self.shown = None
        self._follow()

    def pair_of(self, source: Tensor | None) -> Pair:
        if source is not None:
            return moved_pair(source, self._motion().motion)
        if self.frames is not None:
            first = _whole(self.frames[0])
            second = picture_of(self.frames[1], size=(first.shape[1], first.shape[2]))
            return Pair(first[None], second[None])
        return compute.pair_of(self._motion(), size=self.size)

    def _motion(self) -> compute.Settings:
        """The sliders' motion, or the first one while a slider's value makes no sense."""
        try:
            check_settings(self.settings)
        except CourseError:
            return compute.Settings()
        return self.settings

    def _follow(self) -> None:
        """New frames where the sliders say a new motion."""
        now = self._motion()
        if now != self.shown:
            super().take_picture(self.source)
            self.shown = now

    def result(self, device: str | None = None) -> compute.Result:
        check_settings(self.settings)
        self._follow()
        inside = self.inside(device or self.device)
        return compute.compute(self.settings, inside, self.pair, own=self.source is not None)


def _whole(frame: Any) -> Tensor:
    return as_picture(frame) if isinstance(frame, torch.Tensor) else own_picture(frame)

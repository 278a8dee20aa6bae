"""The restore view: drag the divider over the picture."""

from typing import Any, ClassVar

from torch import Tensor

from utils.explorers.restore import compute, still
from utils.explorers.restormers import WeatherExplorer
from utils.explorers.settings import check_settings


class Restore(WeatherExplorer):
    """A picture before and after."""

    name = "restore"
    title = "Restore"
    hint = "Drag the divider over the picture. Then spoil it by rain, and make it rain harder."
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 590
    takes_camera = True
    drafts = ("kind", "strength")

    def inputs(self) -> list[Tensor]:
        (whole,) = super().inputs()
        if not self.draft:
            return [whole]
        rows, columns = compute.piece_at(self.settings)
        return [whole[..., rows, columns]]

    def result(self, device: str | None = None) -> Any:
        check_settings(self.settings)
        inside = self.inside(device or self.device)
        if not self.draft:
            return compute.compute(self.settings, inside, self.picture)
        (spoiled,) = super().inputs()
        return compute.compute_piece(self.settings, inside, self.picture, spoiled)

"""The restore view: drag the divider over the picture."""

from typing import Any, ClassVar

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

    def result(self, device: str | None = None) -> Any:
        check_settings(self.settings)
        return compute.compute(self.settings, self.inside(device or self.device), self.picture)

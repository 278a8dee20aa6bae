"""Eight ways to attend beside each other: one click, eight answers."""

from typing import Any, ClassVar

from utils.explorers.arrays import pack
from utils.explorers.attend import compute, still
from utils.explorers.base import Explorer
from utils.explorers.pair import Pair, moved_pair, scene_pair
from utils.explorers.picture import as_bytes, picture_of
from utils.explorers.settings import check_settings


class Attend(Explorer):
    """Window, shifted window, grid, axial, all, channel, matching, deformable on one scene."""

    name = "attend"
    title = "Who attends to whom"
    hint = "Click a cell in any picture. Bright is asked much, dark little, veiled not at all."
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 630

    pair: Pair

    def take_picture(self, source: Any) -> None:
        size = compute.PICTURE_SIZE
        self.pair = (
            scene_pair(size) if source is None else moved_pair(picture_of(source, size=size))
        )
        self.picture = self.pair.frame0[0]
        self.pixels = pack(as_bytes(self.picture))

    def result(self) -> compute.Result:
        check_settings(self.settings)
        return compute.compute(self.settings, self.pair)

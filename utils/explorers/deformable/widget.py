"""The view of sampling points: click or drag the query."""

from typing import ClassVar

from utils.explorers.deformable import compute, still
from utils.explorers.model_view import ModelExplorer


class Deformable(ModelExplorer):
    """The points that deformable attention reads, on the picture."""

    name = "deformable"
    title = "Deformable attention"
    hint = "Drag the query: its points follow, and move with what it stands on."
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 556

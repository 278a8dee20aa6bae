"""A class at every pixel: the plain ViT's segmenter and ViT-Adapter's."""

from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from utils.models.segmenter import segmenter
from utils.training.evaluate import segment
from utils.training.loop import Batch
from utils.training.prepare import prepare
from utils.training.recipes.base import Recipe, Task
from utils.world import CLASSES, ShapesWorld

LABELS = len(CLASSES) + 1  # 0 is the background


class Segment(Task):
    """Cross-entropy at every pixel of scenes that are painted anew for each step."""

    def __init__(self, recipe: Recipe) -> None:
        self.model = self.learner = segmenter(recipe.model, classes=recipe.segmenter)
        self.recipe = recipe
        self.world = ShapesWorld(recipe.world, split="train")

    def batch(self, step: int) -> Batch:
        first = step * self.recipe.settings.batch_size
        return self.world.segmentations(range(first, first + self.recipe.settings.batch_size))

    def loss(self, learner: nn.Module, batch: Batch) -> Tensor:
        picture, truth = batch
        return functional.cross_entropy(learner(prepare(picture, learner)).float(), truth)

    def measure(self, split: str) -> dict[str, Any]:
        recipe = self.recipe
        return segment(self.model, recipe.world, split=split, count=recipe.tested)

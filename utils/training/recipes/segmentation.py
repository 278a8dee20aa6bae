"""What stands at every pixel: the plain ViT's segmenter and ViT-Adapter's."""

from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from utils.models.segmenter import segmenter
from utils.training.evaluate import segment, what_stands
from utils.training.loop import Batch
from utils.training.prepare import prepare
from utils.training.recipes.base import Recipe, Task
from utils.world import ShapesWorld
from utils.world.render import paint


class Segment(Task):
    """Cross-entropy at every pixel of scenes that are painted anew for each step."""

    def __init__(self, recipe: Recipe) -> None:
        self.model = self.learner = segmenter(recipe.model, classes=recipe.segmenter)
        self.recipe = recipe
        self.world = ShapesWorld(recipe.world, split="train")

    def batch(self, step: int) -> Batch:
        first = step * self.recipe.settings.batch_size
        return labelled(self.world, range(first, first + self.recipe.settings.batch_size))

    def loss(self, learner: nn.Module, batch: Batch) -> Tensor:
        picture, truth = batch
        return functional.cross_entropy(learner(prepare(picture, learner)).float(), truth)

    def measure(self, split: str) -> dict[str, Any]:
        recipe = self.recipe
        return segment(self.model, recipe.world, split=split, count=recipe.tested)


def labelled(world: ShapesWorld, indices: range) -> Batch:
    """First frames, and what stands at each of their pixels."""
    scenes = world.scenes(indices)
    frame, instance = paint(scenes, size=world.config.size)
    return frame, what_stands(instance, instance == (scenes.subject + 1)[:, None, None])

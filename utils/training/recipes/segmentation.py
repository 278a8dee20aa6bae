"""What stands at every pixel: the plain ViT's segmenter and ViT-Adapter's."""

from dataclasses import replace
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

# Sides of the pictures, one after the other: every second batch has the recipe's own size. A model
# that has seen one size alone takes larger pictures for something else.
SIDES = (64, 96, 64, 128, 64, 192, 64, 256)
LARGER = (96, 128, 192, 256)
FEW = 200  # scenes that are enough to tell how good it is on a larger size


class Segment(Task):
    """Cross-entropy at every pixel of scenes that are painted anew for each step.

    Larger pictures come in smaller batches, so that every step sees about as many pixels.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.model = self.learner = segmenter(recipe.model, classes=recipe.segmenter)
        self.recipe = recipe
        self.world = ShapesWorld(recipe.world, split="train")

    def batch(self, step: int) -> Batch:
        size, side = self.recipe.settings.batch_size, SIDES[step % len(SIDES)]
        count = max(1, size * SIDES[0] ** 2 // side**2)
        return labelled(self.world, range(step * size, step * size + count), side=side)

    def loss(self, learner: nn.Module, batch: Batch) -> Tensor:
        picture, truth = batch
        return functional.cross_entropy(learner(prepare(picture, learner)).float(), truth)

    def measure(self, split: str) -> dict[str, Any]:
        world, tested = self.recipe.world, self.recipe.tested
        marks: dict[str, Any] = segment(self.model, world, split=split, count=tested)
        if split == "test":
            for side in LARGER:
                larger, few = replace(world, size=(side, side)), min(FEW, tested)
                marks[f"miou_{side}"] = segment(self.model, larger, count=few)["miou"]
        return marks


def labelled(world: ShapesWorld, indices: range, *, side: int | None = None) -> Batch:
    """First frames, of the world's size or of `side` pixels, and what stands at each pixel."""
    scenes = world.scenes(indices)
    frame, instance = paint(scenes, size=(side, side) if side else world.config.size)
    return frame, what_stands(instance, instance == (scenes.subject + 1)[:, None, None])

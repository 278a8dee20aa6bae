"""One blind model for noise, rain and blur: `restormer_nano`."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from utils.models import create_model
from utils.training.evaluate import restoration_of_photographs
from utils.training.loop import Batch
from utils.training.pictures import MANY
from utils.training.recipes.base import Recipe, Task
from utils.world import ShapesWorld, degrade, training_crops

SCENES = 1 / 4  # of each batch are scenes, the others pieces of photographs
# Of a batch of eight, four are noisy, two rainy, two blurred; strengths run from 0 to these.
KINDS = ("noise", "rain", "noise", "blur")
STRENGTH = {"noise": 50.0, "rain": 1.2, "blur": 9.0}


class Restore(Task):
    """The clean twin is the truth; the mean absolute difference the loss, as in the paper."""

    def __init__(self, recipe: Recipe) -> None:
        self.model = self.learner = create_model(recipe.name)
        self.recipe = recipe
        self.world = ShapesWorld(recipe.world, split="train")

    def batch(self, step: int) -> Batch:
        settings = self.recipe.settings
        generator = torch.Generator().manual_seed(settings.seed * MANY + step)
        count = settings.batch_size
        scenes = round(SCENES * count)
        painted, _ = self.world.pictures(range(step * scenes, (step + 1) * scenes))
        size = self.recipe.world.size
        crops = training_crops(count - scenes, size=size, generator=generator, require_all=True)
        clean = torch.cat([crops, painted])
        return clean, spoil(clean, generator)

    def loss(self, learner: nn.Module, batch: Batch) -> Tensor:
        clean, spoiled = batch
        return functional.l1_loss(learner(spoiled).float(), clean)

    def measure(self, split: str) -> dict[str, Any]:
        return restoration_of_photographs(self.model) if split == "test" else {}


def spoil(clean: Tensor, generator: torch.Generator) -> Tensor:
    """Each picture with one of the three troubles, of random strength."""
    out = clean.clone()
    strengths = torch.rand(len(clean), generator=generator).tolist()
    for kind in STRENGTH:
        rows = [i for i in range(len(clean)) if KINDS[i % len(KINDS)] == kind]
        if rows:
            strength = [STRENGTH[kind] * strengths[i] for i in rows]
            out[rows] = degrade(clean[rows], kind=kind, strength=strength, generator=generator)
    return out

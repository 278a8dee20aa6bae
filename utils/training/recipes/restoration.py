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

# The attention compares channels over the whole picture: later steps are made on larger and fewer
# pieces, as in the paper. The last ones ask for decibels: the logarithm of each picture's squared
# error counts a smooth picture as much as a rough one, as the mean of PSNRs does.
LARGE_FROM, DECIBELS_FROM = 11_200 / 17_000, 14_000 / 17_000  # of all steps
FLOOR = 1e-4  # squared error below which better is not worth much: 40 dB
LARGE = 2  # times the side, and so a quarter of the pieces
SCENES = 1 / 4  # of each batch of small pieces are scenes, the others pieces of photographs
# Half of all pieces are noisy, a quarter rainy, a quarter blurred; strengths run from 0 to these.
KINDS = ("noise", "rain", "noise", "blur")
STRENGTH = {"noise": 50.0, "rain": 1.2, "blur": 9.0}


class Restore(Task):
    """The clean twin is the truth; the mean absolute difference the loss, as in the paper.

    In the last steps the loss is the logarithm of the squared error.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.model = self.learner = create_model(recipe.name)
        self.recipe = recipe
        self.world = ShapesWorld(recipe.world, split="train")

    def batch(self, step: int) -> Batch:
        settings = self.recipe.settings
        generator = torch.Generator().manual_seed(settings.seed * MANY + step)
        count, size = settings.batch_size, self.recipe.world.size
        large = step / settings.steps >= LARGE_FROM
        scenes = 0 if large else round(SCENES * count)
        if large:
            count, size = count // LARGE**2, (LARGE * size[0], LARGE * size[1])
        clean = training_crops(count - scenes, size=size, generator=generator, require_all=True)
        if scenes:
            painted, _ = self.world.pictures(range(step * scenes, (step + 1) * scenes))
            clean = torch.cat([clean, painted])
        decibels = torch.tensor(step / settings.steps >= DECIBELS_FROM)
        return clean, spoil(clean, generator, first=step * count), decibels

    def loss(self, learner: nn.Module, batch: Batch) -> Tensor:
        clean, spoiled, decibels = batch
        restored = learner(spoiled).float()
        if decibels:
            return ((restored - clean).square().mean((1, 2, 3)) + FLOOR).log().mean()
        return functional.l1_loss(restored, clean)

    def measure(self, split: str) -> dict[str, Any]:
        return restoration_of_photographs(self.model) if split == "test" else {}


def spoil(clean: Tensor, generator: torch.Generator, *, first: int = 0) -> Tensor:
    """Each picture with one of the three troubles, which follow each other, of random strength.

    `first` is the number of the first picture in the whole run.
    """
    out = clean.clone()
    strengths = torch.rand(len(clean), generator=generator).tolist()
    for kind in STRENGTH:
        rows = [i for i in range(len(clean)) if KINDS[(first + i) % len(KINDS)] == kind]
        if rows:
            strength = [STRENGTH[kind] * strengths[i] for i in rows]
            out[rows] = degrade(clean[rows], kind=kind, strength=strength, generator=generator)
    return out

"""The class of the scene's subject: `swin_nano`, `maxvit_nano`."""

from typing import Any

from torch import Tensor, nn

from utils.models import create_model
from utils.models.maxvit import MaxViT
from utils.models.swin import Swin
from utils.training.evaluate import classify
from utils.training.hints import Hinted, hinted_loss, wide_start
from utils.training.loop import Batch
from utils.training.pictures import PicturePool
from utils.training.recipes.base import Recipe, Task


class Classify(Task):
    """A classifier with maps at 1/4, 1/8 and 1/16, with hints."""

    def __init__(self, recipe: Recipe) -> None:
        model = create_model(recipe.name)
        assert isinstance(model, Swin | MaxViT), "the hints are made for these two"
        wide_start(model)
        self.model, self.learner = model, Hinted(model)
        self.recipe = recipe
        self.pool = PicturePool(recipe.world, count=recipe.pool)

    def batch(self, step: int) -> Batch:
        settings = self.recipe.settings
        return self.pool.batch(step, batch_size=settings.batch_size, seed=settings.seed)

    def loss(self, learner: nn.Module, batch: Batch) -> Tensor:
        assert isinstance(learner, Hinted)
        return hinted_loss(learner, batch)

    def measure(self, split: str) -> dict[str, Any]:
        recipe = self.recipe
        return classify(self.model, recipe.world, split=split, count=recipe.tested)

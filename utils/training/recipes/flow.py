"""Optical flow of scenes and of moved photographs: `gmflow_nano`."""

from typing import Any

import torch
from torch import Tensor, nn

from utils.models import create_model
from utils.ops.flow_error import flow_loss
from utils.training.evaluate import flow_of_photographs, flow_of_scenes
from utils.training.loop import Batch
from utils.training.prepare import prepare
from utils.training.recipes.base import Recipe, Task
from utils.world import ShapesWorld, moved_training_pairs
from utils.world.config import WorldConfig

SMALL = (64, 64)
LARGE_FROM = 0.7  # of all steps are made on small frames, which cost less than half
PHOTOGRAPHS = 3 / 8  # of each batch are photographs moved by a homography
MOTION = 0.25  # of the frame's side: how far those photographs move at most


class EstimateFlow(Task):
    """Every intermediate flow is held against the exact one, hidden pixels too."""

    def __init__(self, recipe: Recipe) -> None:
        self.model = self.learner = create_model(recipe.name)
        self.recipe = recipe
        self.worlds = {
            size: ShapesWorld(WorldConfig(size=size, photographs=0.5), split="train")
            for size in (SMALL, recipe.world.size)
        }

    def batch(self, step: int) -> Batch:
        settings = self.recipe.settings
        late = step >= LARGE_FROM * settings.steps
        size = self.recipe.world.size if late else SMALL
        first = step * settings.batch_size
        moved = round(PHOTOGRAPHS * settings.batch_size)
        scenes = self.worlds[size].batch(range(first, first + settings.batch_size - moved))
        photographs = moved_training_pairs(
            list(range(first, first + moved)),
            size=size,
            motion=MOTION * min(size),
            require_all=True,
        )
        pairs = ((getattr(x, field) for x in (scenes, photographs)) for field in FIELDS)
        return tuple(torch.cat(list(parts)) for parts in pairs)

    def loss(self, learner: nn.Module, batch: Batch) -> Tensor:
        frame0, frame1, truth = batch
        frames = (prepare(frame, learner) for frame in (frame0, frame1))
        return flow_loss(learner(*frames).flows, truth)

    def measure(self, split: str) -> dict[str, Any]:
        recipe = self.recipe
        scenes = flow_of_scenes(self.model, recipe.world, split=split, count=recipe.tested)
        if split != "test":
            return scenes
        return {**scenes, "photographs": flow_of_photographs(self.model)}


FIELDS = ("frame0", "frame1", "flow")

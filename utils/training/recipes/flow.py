"""Optical flow of scenes and of moved photographs: `gmflow_nano`."""

from typing import Any

import torch
from torch import Tensor, nn

from utils.models import create_model
from utils.training.evaluate import flow_of_photographs, flow_of_scenes
from utils.training.hints import CHOICE, hinted_flow_loss
from utils.training.loop import Batch
from utils.training.recipes.base import Recipe, Task
from utils.world import ShapesWorld, WorldConfig, moved_training_pairs

SMALL = (64, 64)
LARGE_FROM = 0.75  # of all steps are made on small frames, which cost less than half
PHOTOGRAPHS = 3 / 8  # of each batch are photographs moved by a homography
# Of the frame's side: how far each thing in a scene, and each of those photographs, moves at most.
SCENES_MOVE, PHOTOGRAPHS_MOVE = 1 / 6, 1 / 4


class EstimateFlow(Task):
    """Every intermediate flow is held against the exact one, hidden pixels too.

    At first the choice of the right cell counts most: without it the features of all cells stay
    alike for a thousand steps.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.model = self.learner = create_model(recipe.name)
        self.recipe = recipe
        self.worlds = {
            size: ShapesWorld(
                WorldConfig(size=size, photographs=0.5, max_motion=SCENES_MOVE * min(size)),
                split="train",
            )
            for size in (SMALL, recipe.world.size)
        }

    def batch(self, step: int) -> Batch:
        settings = self.recipe.settings
        done = step / settings.steps
        size = self.recipe.world.size if done >= LARGE_FROM else SMALL
        first = step * settings.batch_size
        moved = round(PHOTOGRAPHS * settings.batch_size)
        scenes = self.worlds[size].batch(range(first, first + settings.batch_size - moved))
        photographs = moved_training_pairs(
            list(range(first, first + moved)),
            size=size,
            motion=PHOTOGRAPHS_MOVE * min(size),
            require_all=True,
        )
        return (
            torch.cat([scenes.frame0, photographs.frame0]),
            torch.cat([scenes.frame1, photographs.frame1]),
            torch.cat([scenes.flow, photographs.flow]),
            torch.cat([scenes.occluded | scenes.out_of_frame, photographs.out_of_frame]),
            torch.tensor(CHOICE * (1 - done)),
        )

    def loss(self, learner: nn.Module, batch: Batch) -> Tensor:
        return hinted_flow_loss(learner, batch)

    def measure(self, split: str) -> dict[str, Any]:
        recipe = self.recipe
        scenes = flow_of_scenes(self.model, recipe.world, split=split, count=recipe.tested)
        if split != "test":
            return scenes
        return {**scenes, "photographs": flow_of_photographs(self.model)}

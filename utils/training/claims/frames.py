"""The pictures that the small claims learn from: pieces of scenes, kept once they are painted."""

from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor

from utils.training.pictures import MANY
from utils.world import ShapesWorld

COUNTS = {"train": 512, "val": 128, "test": 512}


@cache
def scenes(split: str) -> Float[Tensor, "n rgb 96 96"]:
    """The first scenes of a split."""
    world = ShapesWorld(split=split)
    return torch.cat([world.pictures(range(i, i + 64))[0] for i in range(0, COUNTS[split], 64)])


def draw(
    step: int, seed: int, *, count: int
) -> tuple[Float[Tensor, "b rgb 96 96"], torch.Generator]:
    """The scenes of one training step, and the generator that chose them, for what follows."""
    generator = torch.Generator().manual_seed(seed * MANY + step)
    everything = scenes("train")
    return everything[torch.randint(len(everything), (count,), generator=generator)], generator


def cut(
    pictures: Float[Tensor, "b rgb h w"], side: int, generator: torch.Generator
) -> Float[Tensor, "b rgb side side"]:
    """The same random square of every picture."""
    room = [length - side + 1 for length in pictures.shape[-2:]]
    top, left = (int(torch.randint(most, (1,), generator=generator)) for most in room)
    return pictures[:, :, top : top + side, left : left + side]

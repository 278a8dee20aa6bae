"""Random numbers that depend on the split and the index alone, so that a batch equals its items.

Every scene has its own row of uniform numbers from its own CPU generator; everything random about
the scene is read off that row, column by column, in one fixed order.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from utils.errors import ConfigError

SPLITS = ("train", "val", "test", "show")
INDICES_PER_SPLIT = 2**30  # torch's CPU generator keeps the low 32 bits of a seed: 4 splits of 2³⁰


def seed_of(split: str, index: int) -> int:
    """A seed of its own for every index of every split.

    >>> seed_of("val", 3) - seed_of("train", 3) == INDICES_PER_SPLIT
    True
    """
    if not isinstance(split, str) or split not in SPLITS:
        raise ConfigError(
            f"the split {split!r} came",
            allowed=f"splits are {', '.join(SPLITS)}",
            mend='choose one of them, as in split="train"',
        )
    if not isinstance(index, int) or not 0 <= index < INDICES_PER_SPLIT:
        raise ConfigError(
            f"the index {index!r} came",
            allowed=f"indices run from 0 to {INDICES_PER_SPLIT - 1}",
            mend="count scenes from 0",
        )
    return SPLITS.index(split) * INDICES_PER_SPLIT + index


def roll(split: str, indices: list[int], *, count: int) -> Float[Tensor, "b count"]:
    """`count` uniform numbers in [0, 1) for every index, always on the CPU.

    >>> torch.equal(roll("train", [5, 7], count=3)[1], roll("train", [7], count=3)[0])
    True
    """
    generator = torch.Generator()
    rows = [
        torch.rand(count, generator=generator.manual_seed(seed_of(split, index)))
        for index in indices
    ]
    return torch.stack(rows) if rows else torch.zeros(0, count)


class Dice:
    """Reads a table of uniform numbers from left to right.

    >>> dice = Dice(torch.tensor([[0.0, 0.5, 0.75]]))
    >>> dice.uniform(10, 20)
    tensor([10.])
    >>> dice.uniform(0, 1, 2)
    tensor([[0.5000, 0.7500]])
    """

    def __init__(self, rolls: Float[Tensor, "b count"]) -> None:
        self.rolls, self.column = rolls, 0

    def uniform(self, low: float | int, high: float | int, *shape: int) -> Float[Tensor, "b ..."]:
        """Numbers in [low, high) of the given shape behind the batch."""
        count = int(torch.tensor(shape).prod()) if shape else 1
        taken = self.rolls[:, self.column : self.column + count]
        assert taken.shape[1] == count, "the row of random numbers is too short: raise ROLLS"
        self.column += count
        return low + (high - low) * taken.reshape(len(taken), *shape)

"""Stochastic depth by the course's own DropPath: who goes without a branch, and the mean of many.

Every branch adds 1 here, so that all 24 branches of Swin-T's twelve blocks add 24 where none is
left out: how far a pass is from that is what stochastic depth alone has done.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from utils.explorers.settings import Reads, point, slider, sweep_of
from utils.layers import DropPath, drop_path_rates

DEPTHS = (2, 2, 6, 2)  # Swin-T
BLOCKS = sum(DEPTHS)
BRANCHES = 2 * BLOCKS  # of each block its attention, then its MLP
SAMPLES = 16  # shown of each pass
MOST_DOUBLINGS = 9  # the mean is over up to 2^9 samples
THROWS = 12  # that the slider offers
PICTURE_SIZE = (32, 32)  # the view shows no picture
CONSTANTS = {"samples": SAMPLES, "branches": BRANCHES}
KINDS = ("attention", "MLP")


@dataclass(frozen=True)
class Settings:
    """What the learner sets. `cell` is a sample and a branch."""

    rate: int = slider(
        "Rate of the last block", 2, low=0, high=9, reads=Reads(factor=0.1, digits=1)
    )
    doublings: int = slider(
        "Mean of", 4, low=0, high=MOST_DOUBLINGS, reads=Reads(power=2, after=" samples")
    )
    throw: int = slider("Throw of the coins", 0, low=0, high=THROWS - 1)
    cell: tuple[int, int] = point("Sample and branch", (3, 21), size=(SAMPLES, BRANCHES))


@dataclass(frozen=True)
class Result:
    """What the view shows."""

    factors: Float32[np.ndarray, "samples branches"]  # 0 where left out, else 1 / (1 − rate)
    rates: Float32[np.ndarray, "blocks"]
    whole: Float32[np.ndarray, "steps"]  # the sum after each branch where none is left out
    own: Float32[np.ndarray, "steps"]  # the same of the chosen sample
    mean: Float32[np.ndarray, "steps"]  # of so many samples
    low: Float32[np.ndarray, "steps"]  # nine samples in ten lie between low and high
    high: Float32[np.ndarray, "steps"]
    sample: int
    branch: int
    living: int  # of the shown samples that keep the chosen branch
    kept: int  # branches that the chosen sample goes through
    count: int  # samples in the mean


def compute(settings: Settings) -> Result:
    """Throw the coins, and add up what the branches leave."""
    count, (sample, branch) = 2**settings.doublings, settings.cell
    factors = throw(settings.rate, settings.throw)
    sums = torch.nn.functional.pad(factors, (1, 0)).cumsum(1)
    spread = sums.quantile(torch.tensor([0.05, 0.95]), dim=0)
    return Result(
        factors=factors[:SAMPLES].numpy(),
        rates=np.array(_rates(settings.rate), np.float32),
        whole=np.arange(BRANCHES + 1, dtype=np.float32),
        own=sums[sample].numpy(),
        mean=sums[:count].mean(0).numpy(),
        low=spread[0].numpy(),
        high=spread[1].numpy(),
        sample=sample,
        branch=branch,
        living=int((factors[:SAMPLES, branch] > 0).sum()),
        kept=int((factors[sample] > 0).sum()),
        count=count,
    )


@lru_cache(maxsize=16)
def throw(rate: int, seed: int) -> Float32[Tensor, "many branches"]:
    """What each sample's branches are multiplied by, in one training pass of many samples."""
    branch = torch.ones(2**MOST_DOUBLINGS, 1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        left = [DropPath(one).train()(branch) for one in _rates(rate) for _ in KINDS]
    return torch.cat(left, dim=1)


def _rates(last: int) -> list[float]:
    """One rate for each block, up to `last` tenths."""
    return [rate for stage in drop_path_rates(last / 10, DEPTHS) for rate in stage]


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    block, kind = divmod(result.branch, 2)
    rate = float(result.rates[block])
    fate = (
        "leaves it out"
        if result.factors[result.sample, result.branch] == 0
        else f"keeps it, times {1 / (1 - rate):.3f}"
    )
    return (
        f"The rate rises from 0 to {settings.rate / 10:.1f}; in block {block} it is {rate:.3f}: "
        f"{result.living} of {SAMPLES} samples keep its {KINDS[kind]}, and sample {result.sample} "
        f"{fate}. It goes through {result.kept} of {BRANCHES} branches, which add "
        f"{result.own[-1]:.2f} in place of {BRANCHES}; the mean of {result.count} "
        f"{'sample' if result.count == 1 else 'samples'} is {result.mean[-1]:.2f}."
    )


def sweep() -> Iterator[Settings]:
    """Every value of every slider, and cells from corner to corner."""
    for settings in sweep_of(Settings):
        if settings.cell == Settings().cell:
            yield settings
    for i in range(SAMPLES):
        yield Settings(9, i % 10, i % THROWS, (i, (i * BRANCHES) // SAMPLES))
    yield Settings(5, 9, 1, (SAMPLES - 1, BRANCHES - 1))

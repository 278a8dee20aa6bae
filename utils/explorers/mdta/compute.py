"""One head of one MDTA: its channels × channels matrix, and the channels as pictures."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from einops import einsum
from jaxtyping import Float, Float32, Int, UInt8
from torch import Tensor
from torch.nn import functional

from utils.explorers.picture import scene_pass
from utils.explorers.restormers import (
    MOST_BLOCKS,
    MOST_STEPS,
    as_map,
    default_model,
    paths_of,
    place_of,
    says,
    signed_colors,
)
from utils.explorers.settings import Reads, point, slider
from utils.tap import watching

PICTURE_SIZE = (128, 128)
THUMB = 64  # pixels kept of each channel's picture
SHOWN = 12  # channels shown of the chosen row, the heaviest first
MOST_CHANNELS = 96  # per head, in the published network's last level
MATRIX = 240  # pixels on the screen
CONSTANTS = {"side": MATRIX, "shown": SHOWN}

__all__ = ["default_model", "says"]


@dataclass(frozen=True)
class Settings:
    """What the learner sets. `pair` is a cell of the matrix: query channel and key channel."""

    step: int = slider("Along the U", 1, low=0, high=MOST_STEPS - 1)
    block: int = slider("Block", 0, low=0, high=MOST_BLOCKS - 1)
    head: int = slider("Head", 0, low=0, high=7)
    doublings: int = slider(
        "Learned temperature", 0, low=-5, high=5, reads=Reads(before="×", power=2)
    )
    pair: tuple[int, int] = point("Pair", (0, 1), size=(MOST_CHANNELS, MOST_CHANNELS))


@dataclass(frozen=True)
class Heads:
    """What one MDTA did in the pass; the pictures scaled down to THUMB."""

    cosines: Float[Tensor, "heads d d"]
    temperature: Float[Tensor, " heads"]
    q: Float[Tensor, "heads d rows columns"]
    k: Float[Tensor, "heads d rows columns"]
    v: Float[Tensor, "heads d rows columns"]
    size: tuple[int, int]  # of the map


Inside = dict[str, Heads]  # by the block's path, in the order of the pass


@dataclass(frozen=True)
class Result:
    """What the view shows. Pictures are colors: blue below zero, red above."""

    weights: Float32[np.ndarray, "d d"]
    query: UInt8[np.ndarray, "y x rgb"]
    key: UInt8[np.ndarray, "y x rgb"]
    before: UInt8[np.ndarray, "y x rgb"]
    after: UInt8[np.ndarray, "y x rgb"]
    mixed: UInt8[np.ndarray, "shown y x rgb"]
    mixed_channels: Int[np.ndarray, " shown"]
    mixed_weights: Float32[np.ndarray, " shown"]
    most_before: float  # where the colors of value and new channel end
    most_after: float
    row: int
    column: int
    cosine: float
    temperature: float
    learned: float
    height: int
    width: int
    place: str
    step: int
    block: int
    head: int
    last_step: int
    last_block: int
    last_head: int


def run(model: Any, picture: Float[Tensor, "1 rgb h w"]) -> Inside:
    """One pass with queries, keys and values of every block kept (on the CPU)."""
    with watching(model, "*.attention.q", "*.attention.k", "*.attention.v") as seen:
        model(picture)
    return {path: _heads(model, seen, path, picture) for path in paths_of(seen, "attention.q")}


def _heads(model: Any, seen: Any, path: str, picture: Float[Tensor, "1 rgb h w"]) -> Heads:
    q, k, v = (seen[f"{path}.attention.{name}"][0][0].float() for name in "qkv")
    unit_q, unit_k = (functional.normalize(x, dim=-1) for x in (q, k))
    maps = [as_map(x, picture) for x in (q, k, v)]
    size = (maps[0].shape[2], maps[0].shape[3])
    small = (min(size[0], THUMB), min(size[1], THUMB))
    q, k, v = (functional.interpolate(x, small, mode="area").cpu() for x in maps)
    temperature = model.get_submodule(f"{path}.attention").temperature
    cosines = einsum(unit_q, unit_k, "heads i n, heads j n -> heads i j")
    return Heads(cosines.cpu(), temperature.detach().float().flatten().cpu(), q, k, v, size)


_scene_inside = scene_pass(run, default_model, PICTURE_SIZE)


def compute(settings: Settings, inside: Inside | None = None) -> Result:
    """The matrix at this temperature, and what its chosen row makes of the channels."""
    inside = _scene_inside() if inside is None else inside
    place = place_of(list(inside), step=settings.step, block=settings.block)
    heads = inside[place.path]
    head = min(settings.head, len(heads.cosines) - 1)
    learned = float(heads.temperature[head])
    temperature = learned * 2.0**settings.doublings
    weights = (heads.cosines[head] * temperature).softmax(-1)
    d = len(weights)
    row, column = (min(channel, d - 1) for channel in settings.pair)
    q, k, v = heads.q[head], heads.k[head], heads.v[head]
    heaviest = weights[row].argsort(descending=True, stable=True)[:SHOWN]
    after = einsum(weights[row], v, "j, j h w -> h w")
    most = float(v.abs().flatten(1).quantile(0.98, dim=1).max())
    ends = float(v[row].abs().max()), float(after.abs().max())
    return Result(
        weights=weights.numpy(),
        query=signed_colors(q[row].numpy()),
        key=signed_colors(k[column].numpy()),
        before=signed_colors(v[row].numpy(), most=ends[0]),
        after=signed_colors(after.numpy(), most=ends[1]),
        mixed=signed_colors(v[heaviest].numpy(), most=most),
        mixed_channels=heaviest.numpy().astype(np.int32),
        mixed_weights=weights[row, heaviest].numpy(),
        most_before=ends[0],
        most_after=ends[1],
        row=row,
        column=column,
        cosine=float(heads.cosines[head, row, column]),
        temperature=temperature,
        learned=learned,
        height=heads.size[0],
        width=heads.size[1],
        place=str(place),
        step=place.step,
        block=place.block,
        head=head,
        last_step=place.last_step,
        last_block=place.last_block,
        last_head=len(heads.cosines) - 1,
    )


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    d = len(result.weights)
    weight = result.weights[result.row, result.column]
    by = 2.0**settings.doublings
    temperature = f"{result.temperature:.2f}" + (
        f" ({result.learned:.2f} was learned, × {by:g})" if settings.doublings else " (as learned)"
    )
    return (
        f"{result.place}, head {result.head}: all {result.height}×{result.width} pixels of query "
        f"channel {result.row} and key channel {result.column} give one cosine, "
        f"{result.cosine:+.2f}; at temperature {temperature} that is a weight of {weight:.3f} "
        f"({1 / d:.3f} would be the same for all). New channel {result.row} takes most, "
        f"{result.mixed_weights[0]:.3f}, from channel {result.mixed_channels[0]}. "
        f"The matrix has {d}×{d} = {d * d:,} numbers."
    )


def sweep() -> Iterator[Settings]:
    """Every step with three heads, every value of every slider, pairs from corner to corner."""
    for number, (step, head) in enumerate(product(range(MOST_STEPS), (0, 3, 7))):
        yield Settings(step, number % 2, head, number % 11 - 5, (number, (5 * number) % 96))
    yield from (Settings(3, block, head=block, pair=(95, 95)) for block in range(MOST_BLOCKS))

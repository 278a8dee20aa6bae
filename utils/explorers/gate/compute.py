"""One GDFN on a picture: every channel's gate, what stands before it, and what comes through."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import torch
from einops import rearrange
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional

from utils.explorers.restormers import (
    MOST_BLOCKS,
    MOST_STEPS,
    default_model,
    open_colors,
    paths_of,
    place_of,
    says,
    scene_through,
    signed_colors,
)
from utils.explorers.settings import choice, point, slider
from utils.fast import fast
from utils.tap import watching

PICTURE_SIZE = (128, 128)
MOSAIC = (5, 7)  # channels shown, those with most coming through first
THUMB = 50  # pixels of each, on the screen
LARGE = 104
# Where its input is below zero, GELU gives between −0.17 and 0: more than that is an open gate.
OPEN = 0.17
STRENGTH = {"none": 0.0, "noise": 25.0, "rain": 1.0, "blur": 7.0}
CONSTANTS = {"mosaic": MOSAIC, "thumb": THUMB}
Kind = Literal["none", "noise", "rain", "blur"]

__all__ = ["default_model", "says"]


@dataclass(frozen=True)
class Settings:
    """What the learner sets. `cell` is a place of the mosaic."""

    kind: Kind = choice(
        "The scene in", "rain", {"none": "Sun", "rain": "Rain", "noise": "Noise", "blur": "Blur"}
    )
    step: int = slider("Along the U", 0, low=0, high=MOST_STEPS - 1)
    block: int = slider("Block", 0, low=0, high=MOST_BLOCKS - 1)
    cell: tuple[int, int] = point("Channel", (0, 0), size=MOSAIC)


@dataclass(frozen=True)
class Halves:
    """The two halves of one GDFN; float16, since a large model has many."""

    gate: Float[Tensor, "hidden h w"]
    content: Float[Tensor, "hidden h w"]


Inside = dict[str, Halves]  # by the block's path, in the order of the pass


@dataclass(frozen=True)
class Result:
    """What the view shows; pictures are colors already."""

    mosaic: UInt8[np.ndarray, "tall wide rgb"]
    gate: UInt8[np.ndarray, "y x rgb"]
    content: UInt8[np.ndarray, "y x rgb"]
    through: UInt8[np.ndarray, "y x rgb"]
    most_gate: float  # where its colors end
    most_content: float
    most_through: float
    number: int  # of the chosen channel in the mosaic
    shown: int
    channel: int
    hidden: int
    open_here: float  # part of the pixels at which the chosen gate is open
    open_all: float  # of all pixels and channels
    share: float  # of the chosen channel in all that comes through
    height: int
    width: int
    place: str
    step: int
    block: int
    last_step: int
    last_block: int


def weather(settings: Settings) -> tuple[str, float]:
    """Kind and strength as `degrade` takes them."""
    return settings.kind, STRENGTH[settings.kind]


def run(model: Any, spoiled: Float[Tensor, "1 rgb h w"]) -> Inside:
    """One pass with both halves of every gate kept (on the CPU)."""
    with watching(model, "*.feed_forward.gate", "*.feed_forward.content") as seen:
        model(spoiled)

    def half(path: str, name: str) -> Tensor:
        return rearrange(seen[f"{path}.{name}"][0][0], "h w c -> c h w").half().cpu()

    return {
        path: Halves(half(path, "feed_forward.gate"), half(path, "feed_forward.content"))
        for path in paths_of(seen, "feed_forward.gate")
    }


@lru_cache(maxsize=4)
def _scene_inside(weather: tuple[str, float]) -> Inside:
    with torch.no_grad(), fast():
        return run(default_model(), scene_through(PICTURE_SIZE, weather))


def compute(settings: Settings, inside: Inside | None = None) -> Result:
    """The mosaic of what comes through, and the chosen channel in three pictures."""
    inside = _scene_inside(weather(settings)) if inside is None else inside
    place = place_of(list(inside), step=settings.step, block=settings.block)
    gate, content = inside[place.path].gate.float(), inside[place.path].content.float()
    through = gate * content
    passing = through.abs().mean((1, 2))
    order = passing.argsort(descending=True, stable=True)[: MOSAIC[0] * MOSAIC[1]]
    number = min(settings.cell[0] * MOSAIC[1] + settings.cell[1], len(order) - 1)
    channel = int(order[number])
    most = [_most(x[channel]) for x in (gate, content, through)]
    return Result(
        mosaic=_mosaic(through[order]),
        gate=open_colors(_scaled(gate[channel], LARGE), most=most[0]),
        content=signed_colors(_scaled(content[channel], LARGE), most=most[1]),
        through=signed_colors(_scaled(through[channel], LARGE), most=most[2]),
        most_gate=most[0],
        most_content=most[1],
        most_through=most[2],
        number=number,
        shown=len(order),
        channel=channel,
        hidden=len(gate),
        open_here=float((gate[channel] > OPEN).float().mean()),
        open_all=float((gate > OPEN).float().mean()),
        share=float(passing[channel] / passing.sum()),
        height=gate.shape[1],
        width=gate.shape[2],
        place=str(place),
        step=place.step,
        block=place.block,
        last_step=place.last_step,
        last_block=place.last_block,
    )


def _most(values: Float[Tensor, "h w"]) -> float:
    """Where the colors end: one pixel in a hundred may be stronger, so that the rest is seen."""
    return max(float(values.abs().flatten().quantile(0.99)), 1e-6)


def _scaled(values: Float[Tensor, "*n h w"], side: int) -> Float[np.ndarray, "*n side side"]:
    flat = values.reshape(1, -1, *values.shape[-2:])
    mode = "area" if values.shape[-1] > side else "nearest-exact"
    return functional.interpolate(flat, (side, side), mode=mode).squeeze(0).squeeze(0).numpy()


def _mosaic(maps: Float[Tensor, "shown h w"]) -> UInt8[np.ndarray, "tall wide rgb"]:
    """All maps on one color scale, row by row; empty places are gray."""
    small = np.atleast_3d(_scaled(maps, THUMB)).reshape(-1, THUMB, THUMB)
    most = float(np.quantile(np.abs(small), 0.99))
    colors = signed_colors(small, most=most)
    filled = np.full((MOSAIC[0] * MOSAIC[1], THUMB, THUMB, 3), 225, np.uint8)
    filled[: len(colors)] = colors
    return rearrange(filled, "(down across) y x rgb -> (down y) (across x) rgb", across=MOSAIC[1])


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    scene = {"none": "sun", "rain": "rain", "noise": "noise", "blur": "blur"}[settings.kind]
    return (
        f"{result.place}, the scene in {scene}: the gate of channel {result.channel} is open "
        f"(above {OPEN}) at {100 * result.open_here:.0f} % of {result.height}×{result.width} "
        f"pixels, and {100 * result.share:.1f} % of all that comes through comes through it. All "
        f"{result.hidden} gates together are open at {100 * result.open_all:.0f} %."
    )


def sweep() -> Iterator[Settings]:
    """Every step and block, every weather, places from corner to corner."""
    kinds: tuple[Kind, ...] = ("none", "rain", "noise", "blur")
    for step in range(MOST_STEPS):  # two for each pass
        yield Settings(kinds[step // 2], step, step % 2, (step % MOSAIC[0], step % MOSAIC[1]))
    yield from (Settings("rain", 3, block, (4, 6)) for block in range(MOST_BLOCKS))

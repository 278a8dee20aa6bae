"""What a DINOv2 holds of a picture: whom a token asks, head by head, and the patches in colors."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from einops import rearrange
from jaxtyping import Float, Float32, UInt8
from torch import Tensor, nn
from torch.nn import functional

from utils.explorers.dinov2.models import found_file, model_of, stand_in
from utils.explorers.picture import scene_pass
from utils.explorers.settings import choice, point, slider
from utils.figures.directions import own_colors
from utils.figures.style import SEQUENTIAL, color_table
from utils.models.vit import DinoV2
from utils.tap import watching
from utils.training import prepare

LATTICE = (16, 16)  # patches
CELL = 14  # pixels on the screen
PICTURE_SIZE = (LATTICE[0] * CELL, LATTICE[1] * CELL)
MOST_BLOCKS, MOST_HEADS = 24, 16  # of the large model
CONSTANTS = {"size": LATTICE, "cell": CELL, "heads": MOST_HEADS}
Asks = Literal["class", "patch"]


@dataclass(frozen=True)
class Settings:
    """What the learner sets."""

    asks: Asks = choice("Who asks", "patch", {"class": "Class token", "patch": "The patch"})
    block: int = slider("Block", MOST_BLOCKS - 1, low=0, high=MOST_BLOCKS - 1)
    head: int = slider("Head", 0, low=0, high=MOST_HEADS - 1)
    query: tuple[int, int] = point("Patch", (8, 7), size=LATTICE)


@dataclass(frozen=True)
class Inside:
    """What one pass kept; the patches' tokens stand behind those in front."""

    weights: list[Float[Tensor, "heads n n"]]  # of every block
    patches: Float[Tensor, "nh nw c"]  # after the last norm
    front: int  # the class token and the registers
    stand_in: bool


@dataclass(frozen=True)
class Result:
    """What the view shows."""

    weights: Float32[np.ndarray, "rows columns"]  # of the chosen head, over the patches
    mosaic: UInt8[np.ndarray, "heads rows columns rgb"]  # of every head, each up to its own most
    colors: UInt8[np.ndarray, "rows columns rgb"]  # the patches by their three main directions
    share: float  # of the patches' variance in these three
    away: float  # weight on the class token and the registers
    front: int
    block: int
    head: int
    last_block: int
    last_head: int
    stand_in: bool


def default_model() -> nn.Module:
    """The learner's file beside the notebook, or the stand-in."""
    file = found_file(Path.cwd())
    return stand_in() if file is None else model_of(file)


def side_of(model: Any) -> int:
    """The side of a picture that is 16 patches wide."""
    return LATTICE[0] * model.config.patch_size


def run(model: Any, picture: Float[Tensor, "1 rgb h w"]) -> Inside:
    """One pass with the weights of every block kept (on the CPU)."""
    assert isinstance(model, DinoV2)
    side = side_of(model)
    own = functional.interpolate(picture, (side, side), mode="bilinear", antialias=True)
    with watching(model, "blocks.*.attention.weights") as seen:
        tokens = model(prepare(own, model))
    kept = [weights[0][0, 0, 0].half().cpu() for weights in seen.values()]
    front = 1 + tokens.registers.shape[1]
    own_blocks = model.config.patch_size != 14  # no published model has other patches
    return Inside(kept, tokens.patches[0].float().cpu(), front, own_blocks)


_scene_inside = scene_pass(run, stand_in, PICTURE_SIZE, side_of=side_of)


def compute(settings: Settings, inside: Inside | None = None) -> Result:
    """One row of the weights for every head; sliders beyond the model stop at its end."""
    inside = _scene_inside() if inside is None else inside
    block = min(settings.block, len(inside.weights) - 1)
    rows, columns = inside.patches.shape[:2]
    row, column = settings.query
    token = 0 if settings.asks == "class" else inside.front + row * columns + column
    asked = inside.weights[block][:, token].float()
    maps = rearrange(asked[:, inside.front :], "heads (h w) -> heads h w", h=rows).numpy()
    head = min(settings.head, len(maps) - 1)
    colors, share = _colors_of(inside.patches)
    return Result(
        weights=maps[head],
        mosaic=np.stack([_cividis(one / max(one.max(), 1e-9)) for one in maps]),
        colors=colors,
        share=share,
        away=float(asked[head, : inside.front].sum()),
        front=inside.front,
        block=block,
        head=head,
        last_block=len(inside.weights) - 1,
        last_head=len(maps) - 1,
        stand_in=inside.stand_in,
    )


def _colors_of(
    patches: Float[Tensor, "h w c"],
) -> tuple[UInt8[np.ndarray, "h w rgb"], float]:
    """The patches in the colors of their main directions, and how much these three hold."""
    flat = rearrange(patches, "h w c -> (h w) c")
    spread = torch.linalg.svdvals((flat - flat.mean(0)).double()).square()
    return own_colors(patches.numpy()), float(spread[:3].sum() / spread.sum())


@lru_cache(maxsize=1)
def _table() -> UInt8[np.ndarray, "256 rgb"]:
    return color_table(SEQUENTIAL)


def _cividis(part: Float32[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w rgb"]:
    return _table()[(255 * part).round().astype(int)]


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    row, column = np.unravel_index(int(result.weights.argmax()), result.weights.shape)
    who = (
        "the class token"
        if settings.asks == "class"
        else f"the patch in row {settings.query[0]}, column {settings.query[1]}"
    )
    front = "the class token" if result.front == 1 else "class token and registers"
    model = (
        "A stand-in, no DINOv2: the course's plain ViT, trained with labels; its class token is "
        "untrained. "
        if result.stand_in
        else ""
    )
    return (
        f"{model}Block {result.block}, head {result.head}: {who} asks most of row {row}, column "
        f"{column} (weight {result.weights.max():.3f}); {100 * result.away:.0f} % goes to {front}. "
        f"The three colors hold {100 * result.share:.0f} % of how the patches differ."
    )


def sweep() -> Iterator[Settings]:
    """Every block and head, both kinds of token, places from corner to corner."""
    kinds: tuple[Asks, ...] = ("class", "patch")
    for block in range(MOST_BLOCKS):
        yield Settings(kinds[block % 2], block, block % MOST_HEADS, (block % 16, 5 * block % 16))
    yield from (Settings("patch", 3, head, (15, 15)) for head in range(MOST_HEADS))
    yield Settings("patch", 3, 0, (0, 0))

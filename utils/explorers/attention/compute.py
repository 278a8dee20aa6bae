"""Where one query of a Swin looks: one block and head, or all blocks of a stage together."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any, Literal

import numpy as np
import torch
from einops import rearrange
from jaxtyping import Float, Float32, Shaped, UInt8
from torch import Tensor, nn
from torch.nn import functional

from utils.checkpoints import load_shipped
from utils.explorers.answers import Answer, answer_of, logits_of
from utils.explorers.picture import scene_pass
from utils.explorers.settings import cell_at, choice, point, slider
from utils.explorers.words import counted
from utils.ops import cyclic_shift, partition_windows, shift_mask
from utils.tap import watching
from utils.training import prepare

LATTICE = (16, 16)  # places of the query; a deeper stage has fewer tokens than places
CELL = 24  # pixels on the screen
PICTURE_SIZE = (LATTICE[0] * CELL, LATTICE[1] * CELL)
CONSTANTS = {"size": LATTICE, "cell": CELL}
Mode = Literal["head", "stage"]
OUTSIDE, MASKED, SEEN = 0, 1, 2  # values of Result.sees
TRACE = 1e-12  # a weight below is none: e^−100 under the mask is a number in some programs only


@dataclass(frozen=True)
class Settings:
    """What the learner sets."""

    mode: Mode = choice("Show", "head", {"head": "One head", "stage": "Blocks so far"})
    stage: int = slider("Stage", 0, low=0, high=3)
    block: int = slider("Block", 1, low=0, high=17)
    head: int = slider("Head", 0, low=0, high=47)
    query: tuple[int, int] = point("Query", (8, 7), size=LATTICE)


@dataclass(frozen=True)
class Block:
    """What one block did in the pass."""

    weights: Float[Tensor, "nh nw heads n n"]
    window_size: tuple[int, int]
    shift_size: tuple[int, int]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the map that was cut."""
        nh, nw = self.weights.shape[:2]
        return nh * self.window_size[0], nw * self.window_size[1]


@dataclass(frozen=True)
class Inside:
    """What one pass kept."""

    stages: list[list[Block]]
    logits: Float[Tensor, "1 classes"] | None


@dataclass(frozen=True)
class Result:
    """What the view shows, on the map of the stage."""

    weights: Float32[np.ndarray, "h w"]  # the query's weights; they sum to 1
    sees: UInt8[np.ndarray, "h w"]  # 0 another window, 1 masked, 2 within reach
    token: tuple[int, int]  # the query's token
    stage: int
    block: int
    head: int
    last_stage: int
    last_block: int
    last_head: int
    window: int
    shift: int
    says: list[str]  # the most probable classes
    parts: Float32[np.ndarray, " top"]  # and their probabilities


@lru_cache(maxsize=1)
def default_model() -> nn.Module:
    """The small Swin that comes with the course."""
    return load_shipped("swin_nano")


def side_of(model: Any) -> int:
    """The side of a picture in which every stage's map is cut without padding."""
    config = model.config
    return config.patch_size * config.window_size * 2 ** (len(config.depths) - 1)


def run(model: Any, picture: Float[Tensor, "1 rgb h w"]) -> Inside:
    """One pass with the weights of every block kept (on the CPU)."""
    side = side_of(model)
    small = functional.interpolate(picture, (side, side), mode="bilinear", antialias=True)
    with watching(model, "stages.*.blocks.*.attention.weights") as seen:
        logits = logits_of(model(prepare(small, model)))
    stages = []
    for i, stage in enumerate(model.stages):
        blocks = []
        for j, block in enumerate(stage.blocks):
            weights = seen[f"stages.{i}.blocks.{j}.attention.weights"][0][0].float().cpu()
            cut = Block(weights, block.window_size, (0, 0))
            blocks.append(Block(weights, block.window_size, block.shift_for(cut.size)))
        stages.append(blocks)
    return Inside(stages, logits)


_scene_inside = scene_pass(run, default_model, PICTURE_SIZE, side_of=side_of)


def compute(settings: Settings, inside: Inside | None = None) -> Result:
    """The weights of the query's row on the map; sliders beyond the model stop at its end."""
    inside = _scene_inside() if inside is None else inside
    stage = min(settings.stage, len(inside.stages) - 1)
    blocks = inside.stages[stage]
    index = min(settings.block, len(blocks) - 1)
    block = blocks[index]
    heads = block.weights.shape[2]
    head = min(settings.head, heads - 1)
    h, w = block.size
    row, column = cell_at(settings.query, size=(h, w), lattice=LATTICE)
    if settings.mode == "head":
        weights = scattered(block, block.weights[:, :, head])[row * w + column]
        sees = _reach(block)[row * w + column]
    else:
        weights = rollout(blocks[: index + 1])[row * w + column]
        sees = torch.full((h * w,), SEEN, dtype=torch.uint8)
    answer = answer_of(None if inside.logits is None else inside.logits[0])
    return Result(
        weights=rearrange(weights, "(h w) -> h w", h=h).numpy(),
        sees=rearrange(sees, "(h w) -> h w", h=h).numpy(),
        token=(row, column),
        stage=stage,
        block=index,
        head=head,
        last_stage=len(inside.stages) - 1,
        last_block=len(blocks) - 1,
        last_head=heads - 1,
        window=block.window_size[0],
        shift=max(block.shift_size),
        says=answer.names,
        parts=answer.parts,
    )


def scattered(block: Block, values: Shaped[Tensor, "nh nw n n"]) -> Shaped[Tensor, "hw hw"]:
    """One matrix over all cells of the map from one matrix per window: 0 across windows."""
    h, w = block.size
    cells = rearrange(torch.arange(h * w), "(h w) -> 1 h w 1", h=h)
    rolled = cyclic_shift(cells, shift_size=block.shift_size)
    members = partition_windows(rolled, window_size=block.window_size)
    members = rearrange(members, "1 nh nw n 1 -> (nh nw) n")
    whole = values.new_zeros(h * w, h * w)
    flat = rearrange(values, "nh nw i j -> (nh nw) i j")
    whole[members[:, :, None], members[:, None, :]] = flat
    return whole


def rollout(blocks: list[Block]) -> Float[Tensor, "hw hw"]:
    """Attention rollout: what a cell has heard of every other after these blocks.

    Per block the heads are averaged and the residual is counted as half: (A + 1) / 2; blocks
    follow each other by the matrix product. Paper: Abnar and Zuidema, arXiv 2005.00928.
    """
    h, w = blocks[0].size
    heard = torch.eye(h * w)
    for block in blocks:
        mean = scattered(block, block.weights.mean(dim=2))
        heard = (mean + torch.eye(h * w)) / 2 @ heard
    return heard


def _reach(block: Block) -> UInt8[Tensor, "hw hw"]:
    """For every pair of cells: 0 another window, 1 the same window but masked, 2 seen."""
    n = block.weights.shape[-1]
    shape = (*block.weights.shape[:2], n, n)
    free = torch.full(shape, SEEN, dtype=torch.uint8)
    if any(block.shift_size):
        mask = shift_mask(block.size, window_size=block.window_size, shift_size=block.shift_size)
        free[mask != 0] = MASKED
    return scattered(block, free)


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    h, w = result.weights.shape
    row, column = result.token
    top = np.unravel_index(int(result.weights.argmax()), (h, w))
    strong = int((result.weights > 2 * result.weights[result.weights > TRACE].mean()).sum())
    where = f"the query in row {row}, column {column} of the {h}×{w} map"
    looks = (
        f"looks most at row {top[0]}, column {top[1]} (weight {result.weights.max():.2f}); "
        f"{counted(strong, 'cell')} {'gets' if strong == 1 else 'get'} more than twice the mean."
    )
    says = f" {answer}" if (answer := str(Answer(result.says, result.parts))) else ""
    if settings.mode == "stage":
        heard = int((result.weights > TRACE).sum())
        return (
            f"Stage {result.stage}, blocks 0 to {result.block} together: {where} has heard from "
            f"{counted(heard, 'cell')} and {looks}{says}"
        )
    shift = f"shifted by {result.shift}" if result.shift else "not shifted"
    masked = int((result.sees == MASKED).sum())
    are = "is" if masked == 1 else "are"
    hidden = f" {counted(masked, 'cell')} of its window {are} masked." if masked else ""
    return (
        f"Stage {result.stage}, block {result.block} ({shift}), head {result.head}: {where} "
        f"{looks}{hidden}{says}"
    )


def sweep() -> Iterator[Settings]:
    """Every stage, block and head of the small model in both modes; every value of the sliders."""
    places = list(product(range(0, 16, 3), range(0, 16, 5)))
    for number, (stage, block, head) in enumerate(product(range(3), range(2), range(8))):
        query = places[number % len(places)]
        yield Settings("head", stage, block, head, query)
    for number, (stage, block) in enumerate(product(range(4), range(3))):
        yield Settings("stage", stage, block, 0, places[-1 - number])
    yield from (Settings("head", 3, min(head, 17), head, (15, 15)) for head in range(48))

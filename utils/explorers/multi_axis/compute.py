"""Multi-axis attention: a cell's block, its grid group, and the way of word through two layers."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
import torch
from einops import rearrange
from jaxtyping import Bool, Int, Int32, UInt8
from torch import Tensor

from utils.explorers.settings import choice, point
from utils.ops import pad_to_multiple, partition_axis, partition_windows

LATTICE = (56, 56)  # places of query and source; deeper maps have fewer tokens than places
CELL = 7  # pixels on the screen
PICTURE_SIZE = (LATTICE[0] * CELL, LATTICE[1] * CELL)
WAYS = 4  # drawn at most: where more cells hand on, the way over the best one stands for all
CONSTANTS = {"places": LATTICE[0], "cell": CELL, "ways": WAYS}
Layers = Literal["block-grid", "grid-block", "block-block", "grid-grid", "axial"]
Group = Literal["window", "grid", "rows", "columns"]
# What attends first, and what attends to its result.
PAIRS: dict[Layers, tuple[Group, Group]] = {
    "block-grid": ("window", "grid"),
    "grid-block": ("grid", "window"),
    "block-block": ("window", "window"),
    "grid-grid": ("grid", "grid"),
    "axial": ("columns", "rows"),
}
WORDS = {"window": "block", "grid": "grid", "rows": "rows", "columns": "columns"}


@dataclass(frozen=True)
class Settings:
    """What the learner sets."""

    layers: Layers = choice(
        "Two layers, one after the other",
        "block-grid",
        {
            "block-grid": "Block, then grid",
            "grid-block": "Grid, then block",
            "block-block": "Block twice",
            "grid-grid": "Grid twice",
            "axial": "Columns, then rows",
        },
    )
    window_size: int = choice("Block and grid size", 7, {4: "4×4", 7: "7×7", 14: "14×14"})
    side: int = choice(
        "Map (MaxViT-T's stages)", 28, {56: "56×56", 28: "28×28", 14: "14×14", 7: "7×7"}
    )
    query: tuple[int, int] = point("Query", (30, 38), size=LATTICE)
    source: tuple[int, int] = point("Source", (12, 10), size=LATTICE)


@dataclass(frozen=True)
class Result:
    """What the view shows, on the map of the stage."""

    first: UInt8[np.ndarray, "h w"]  # 1 where a cell shares the query's group in the first layer
    second: UInt8[np.ndarray, "h w"]  # the same in the second layer
    reach: UInt8[np.ndarray, "h w"]  # 1 where something can arrive from within both layers
    relays: UInt8[np.ndarray, "h w"]  # 1 where word from the source is handed on to the query
    ways: Int32[np.ndarray, "n 2"]  # (row, column) of the relays over which a way is drawn
    token: Int32[np.ndarray, "2"]  # the query's (row, column)
    start: Int32[np.ndarray, "2"]  # the source's
    pairs: int  # query–key products of both layers, without those of the padding


def compute(settings: Settings) -> Result:
    """Cut the map twice, and walk from the query back through both layers."""
    side = settings.side
    before, after = (groups(kind, side, settings.window_size) for kind in PAIRS[settings.layers])
    (row, column), (top, left) = token(settings.query, side), token(settings.source, side)
    second = after == after[row, column]
    relays = second & (before == before[top, left])
    return Result(
        first=(before == before[row, column]).byte().numpy(),
        second=second.byte().numpy(),
        reach=torch.isin(before, before[second]).byte().numpy(),
        relays=relays.byte().numpy(),
        ways=ways(relays, (row, column), (top, left)),
        token=np.array([row, column], dtype=np.int32),
        start=np.array([top, left], dtype=np.int32),
        pairs=sum(int((torch.bincount(g.flatten()) ** 2).sum()) for g in (before, after)),
    )


def ways(
    relays: Bool[Tensor, "h w"], query: tuple[int, int], source: tuple[int, int]
) -> Int32[np.ndarray, "n 2"]:
    """All relays where they are few; of many, the one nearest to both ends (the first of equals).

    >>> ways(torch.ones(4, 4, dtype=torch.bool), (0, 1), (0, 3)).tolist()
    [[0, 2]]
    """
    cells = relays.nonzero()
    if len(cells) > WAYS:
        ends = torch.tensor([query, source])
        squares = (cells[:, None] - ends).square().sum(-1)
        # Compared in whole numbers, so that browser and Python choose the same.
        cells = cells[squares.sum(-1).argmin()][None]
    return cells.int().numpy()


def groups(kind: Group, side: int, window_size: int) -> Int[Tensor, "h w"]:
    """The number of the group of every cell; a map that does not fit is padded, as in MaxViT."""
    # 0 is the padding, so that it can be told from the cells.
    cells = rearrange(torch.arange(1, side * side + 1), "(h w) -> 1 h w 1", h=side)
    if kind == "rows" or kind == "columns":
        cut = partition_axis(cells, axis=kind)
    else:
        size = (window_size, window_size)
        cut = partition_windows(pad_to_multiple(cells, multiple=size), window_size=size, kind=kind)
    cut = rearrange(cut, "1 nh nw n 1 -> (nh nw) n")
    number = torch.zeros(side * side + 1, dtype=torch.long)
    number[cut] = torch.arange(len(cut))[:, None].expand_as(cut)
    return rearrange(number[1:], "(h w) -> h w", h=side)


def token(place: tuple[int, int], side: int) -> tuple[int, int]:
    """The cell of the map under a place of the lattice."""
    return place[0] * side // LATTICE[0], place[1] * side // LATTICE[1]


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    side, (row, column), (top, left) = settings.side, result.token, result.start
    n, reached, relays = side * side, int(result.reach.sum()), int(result.relays.sum())
    way = f"reaches it through {relays} {'cell' if relays == 1 else 'cells'}"
    word = way if relays else "does not reach it"
    return (
        f"{_name(settings)} on a {side}×{side} map: after two layers the query in row {row}, "
        f"column {column} has heard from {reached:,} of {n:,} cells. The cell in row {top}, "
        f"column {left} {word}. Both layers compare {result.pairs:,} pairs; all with all would "
        f"be {n * n:,}."
    )


def _name(settings: Settings) -> str:
    size = settings.window_size
    if settings.layers == "axial":
        return "Columns, then rows"
    before, after = (WORDS[kind] for kind in PAIRS[settings.layers])
    return f"{before.capitalize()} of {size}×{size}, then {after}"


def sweep() -> Iterator[Settings]:
    """Every pair of layers with every size and map; query and source wander over the map."""
    cases = product(PAIRS, (4, 7, 14), (56, 28, 14, 7))
    for number, (layers, window_size, side) in enumerate(cases):
        query = ((11 * number) % LATTICE[0], (17 * number) % LATTICE[1])
        source = ((23 * number + 5) % LATTICE[0], (5 * number + 3) % LATTICE[1])
        yield Settings(layers, window_size, side, query, source)
    yield Settings()
    yield Settings(query=(55, 55), source=(0, 0))
    yield Settings(source=(55, 55))

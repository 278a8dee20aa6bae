"""Who can see whom: one cell of a map, the groups it is cut into, and what the cell sees."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from einops import rearrange
from jaxtyping import Bool, Int32, UInt8
from torch import Tensor

from utils.explorers.settings import choice, point, slider, sweep_of
from utils.ops import (
    cyclic_shift,
    partition_axis,
    partition_windows,
    shift_mask,
)

MAP_SIZE = (16, 24)  # cells; both sides take windows of 2, 4 and 8
CELL = 19  # pixels on the screen
PICTURE_SIZE = (MAP_SIZE[0] * CELL, MAP_SIZE[1] * CELL)
CONSTANTS = {"size": MAP_SIZE, "cell": CELL}
Kind = Literal["window", "grid", "rows", "columns"]
MASKED, SEEN = 1, 2  # values of Result.sees; 0 is another group
# The layer that runs before, when two are shown.
BEFORE: dict[Kind, Kind] = {
    "window": "window",
    "grid": "window",
    "rows": "columns",
    "columns": "rows",
}


@dataclass(frozen=True)
class Settings:
    """What the learner sets."""

    kind: Kind = choice(
        "Kind of group",
        "window",
        {"window": "Window", "grid": "Grid", "rows": "Rows", "columns": "Columns"},
    )
    window_size: int = choice("Window size", 4, {2: "2×2", 4: "4×4", 8: "8×8"})
    shift: int = slider("Shift", 0, low=0, high=7, reads=" cells")
    layers: int = choice("Layers", 1, {1: "One", 2: "Two"})
    query: tuple[int, int] = point("Query", (9, 14), size=MAP_SIZE)


@dataclass(frozen=True)
class Result:
    """What the view shows."""

    group: Int32[np.ndarray, "h w"]  # which group a cell belongs to
    sees: UInt8[np.ndarray, "h w"]  # 0 another group, 1 masked, 2 seen by the query
    reach: UInt8[np.ndarray, "h w"]  # 1 where something can arrive from within `layers` layers
    shift: int  # that takes effect: smaller than the window, and of windows only
    pairs: int  # query–key products of one layer


def compute(settings: Settings) -> Result:
    """Cut the map, see who shares the query's group, and walk one layer further back."""
    group, visible = _layer(settings.kind, settings.window_size, shift := _shift(settings))
    h, w = MAP_SIZE
    at = settings.query[0] * w + settings.query[1]
    mine = rearrange(group == group[at], "(h w) -> h w", h=h)
    seen = rearrange(visible[at], "(h w) -> h w", h=h)
    reach = visible[at]
    if settings.layers == 2:
        before = _layer(BEFORE[settings.kind], settings.window_size, 0)[1]
        reach = before[reach].any(dim=0)
    counts = torch.bincount(group)
    return Result(
        group=rearrange(group, "(h w) -> h w", h=h).int().numpy(),
        sees=(mine.byte() + seen.byte()).numpy(),
        reach=rearrange(reach, "(h w) -> h w", h=h).byte().numpy(),
        shift=shift,
        pairs=int((counts**2).sum()),
    )


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    row, column = settings.query
    seen, masked = int((result.sees == SEEN).sum()), int((result.sees == MASKED).sum())
    n = MAP_SIZE[0] * MAP_SIZE[1]
    hidden = f" ({masked} more share its group but are masked)" if masked else ""
    first = (
        f"{_name(settings, result.shift)}: the query in row {row}, column {column} sees {seen} of "
        f"{n} cells{hidden}."
    )
    cost = f" One layer compares {result.pairs:,} pairs; all with all would be {n * n:,}."
    if settings.layers == 1:
        return first + cost
    return first + f" After two layers it has heard from {int(result.reach.sum())} cells." + cost


def sweep() -> Iterator[Settings]:
    """Every kind with every size, shift and number of layers; every cell as the query once."""
    yield from sweep_of(Settings)
    for kind in BEFORE:
        for window_size in (2, 4, 8):
            for shift in range(8):
                query = ((5 * shift) % MAP_SIZE[0], (7 * shift + window_size) % MAP_SIZE[1])
                yield Settings(kind, window_size, shift, 1 + shift % 2, query)
    yield replace(Settings(), shift=2, query=(15, 23), layers=2)


def _shift(settings: Settings) -> int:
    # A cyclic shift maps rows to rows, columns to columns and grid groups to grid groups.
    # The slider ends one cell before a whole window, which would change nothing.
    return min(settings.shift, settings.window_size - 1) if settings.kind == "window" else 0


def _name(settings: Settings, shift: int) -> str:
    size = settings.window_size
    if settings.kind == "window":
        return f"Windows of {size}×{size}, " + (f"shifted by {shift}" if shift else "not shifted")
    if settings.kind == "grid":
        strides = f"{MAP_SIZE[0] // size} rows and {MAP_SIZE[1] // size} columns"
        return f"Grid of {size}×{size}, one cell every {strides}"
    return f"Axial attention along {settings.kind}"


def _layer(kind: Kind, size: int, shift: int) -> tuple[Tensor, Bool[Tensor, "n n"]]:
    """For every cell its group, and for every pair of cells whether the first sees the second."""
    h, w = MAP_SIZE
    cells = rearrange(torch.arange(h * w), "(h w) -> 1 h w 1", h=h)
    if kind == "rows" or kind == "columns":
        groups = partition_axis(cells, axis=kind)
    else:
        rolled = cyclic_shift(cells, shift_size=(shift, shift))
        groups = partition_windows(rolled, window_size=(size, size), kind=kind)
    groups = rearrange(groups, "1 nh nw n 1 -> (nh nw) n")
    free = torch.ones(len(groups), groups.shape[1], groups.shape[1], dtype=torch.bool)
    if shift:
        mask = shift_mask(MAP_SIZE, window_size=(size, size), shift_size=(shift, shift))
        free = rearrange(mask, "nh nw i j -> (nh nw) i j") == 0
    group = torch.empty(h * w, dtype=torch.long)
    group[groups] = torch.arange(len(groups))[:, None].expand_as(groups)
    visible = torch.zeros(h * w, h * w, dtype=torch.bool)
    visible[groups[:, :, None], groups[:, None, :]] = free
    return group, visible

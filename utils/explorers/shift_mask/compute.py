"""The mask of one shifted window: which tokens the roll has made strangers to each other."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from einops import rearrange
from jaxtyping import Int32, UInt8

from utils.explorers.settings import choice, point, slider, sweep_of
from utils.ops import cyclic_shift, partition_windows, region_labels, shift_mask

MAP_SIZE = (8, 12)  # cells
CELL = 30  # pixels on the screen
PICTURE_SIZE = (MAP_SIZE[0] * CELL, MAP_SIZE[1] * CELL)
LETTERS = "ABCDEFGHI"  # one per region label, 0 to 8
CONSTANTS = {"size": MAP_SIZE, "cell": CELL, "letters": LETTERS}


@dataclass(frozen=True)
class Settings:
    """What the learner sets."""

    window_size: int = choice("Window size", 4, {2: "2×2", 4: "4×4"})
    shift: int = slider("Shift", 2, low=0, high=3, reads=" cells")
    shown: str = choice("Roll", "after", {"before": "Before", "after": "After"})
    query: tuple[int, int] = point("Query", (7, 11), size=MAP_SIZE)  # place before the roll


@dataclass(frozen=True)
class Result:
    """What the view shows."""

    labels: Int32[np.ndarray, "h w"]  # region of every cell, at its place before the roll
    mask: UInt8[np.ndarray, "n n"]  # 1 where −100 is added, for the query's window
    tokens: Int32[np.ndarray, "n 2"]  # row and column, before the roll, of the window's tokens
    row: int  # of the window in the rolled map
    column: int
    token: int  # which of the window's tokens the query is
    shift: int  # that takes effect: smaller than the window
    total: int  # masked pairs of the whole map


def compute(settings: Settings) -> Result:
    """Roll, label, cut, and take the mask of the window that the query falls into."""
    (h, w), size = MAP_SIZE, settings.window_size
    shift = min(settings.shift, size - 1)
    window_size, shift_size = (size, size), (shift, shift)
    labels = region_labels(MAP_SIZE, window_size=window_size, shift_size=shift_size)
    mask = shift_mask(MAP_SIZE, window_size=window_size, shift_size=shift_size)
    cells = rearrange(torch.arange(h * w), "(h w) -> 1 h w 1", h=h)
    windows = partition_windows(cyclic_shift(cells, shift_size=shift_size), window_size=window_size)
    at = settings.query[0] * w + settings.query[1]
    row, column, token = (windows[0, ..., 0] == at).nonzero()[0].tolist()
    members = windows[0, row, column, :, 0]
    return Result(
        labels=labels.roll((shift, shift), dims=(0, 1)).int().numpy(),
        mask=(mask[row, column] < 0).byte().numpy(),
        tokens=torch.stack([members // w, members % w], dim=-1).int().numpy(),
        row=row,
        column=column,
        token=token,
        shift=shift,
        total=int((mask < 0).sum()),
    )


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    regions = sorted({LETTERS[result.labels[y, x]] for y, x in result.tokens})
    names = f"region {regions[0]}" if len(regions) == 1 else f"regions {', '.join(regions)}"
    pairs, masked = result.mask.size, int(result.mask.sum())
    sees = len(result.mask) - int(result.mask[result.token].sum())
    row, column = settings.query
    return (
        f"Shift {result.shift}, shown {settings.shown} the roll. The window in row {result.row}, "
        f"column {result.column} holds {names}: {masked} of its {pairs} pairs get −100 "
        f"({result.total:,} in the whole map). Query {LETTERS[result.labels[row, column]]} from "
        f"row {row}, column {column} is token {result.token} and may see {sees} of "
        f"{len(result.mask)} tokens."
    )


def sweep() -> Iterator[Settings]:
    """Every cell as the query; every window with every shift, seen from all over the map."""
    yield from sweep_of(Settings)
    for size in (2, 4):
        for shift in range(4):
            for i in range(6):
                query = ((3 * i + shift) % MAP_SIZE[0], (5 * i + size) % MAP_SIZE[1])
                yield Settings(size, shift, "before" if i % 2 else "after", query)

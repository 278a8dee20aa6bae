"""Exercise 2: cut a map into windows."""

from typing import Any

from einops import rearrange
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn, numbered
from utils.checks.install import replaced
from utils.ops import partition_windows


def reference(x: Tensor, window_size: tuple[int, int]) -> Tensor:
    return partition_windows(x, window_size=window_size)


def cases() -> list[Case]:
    return [
        Case("a numbered 4×6 map in windows of 2×3", (numbered(1, 4, 6, 1), (2, 3))),
        Case("a numbered 6×4 map, 2 channels, windows of 3×2", (numbered(1, 6, 4, 2), (3, 2))),
        Case("a numbered 6×12 map, windows of 2×3", (numbered(1, 6, 12, 1), (2, 3))),
        Case("a random batch (2, 6, 10, 3), windows of 2×5", (drawn(2, 6, 10, 3), (2, 5))),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "square windows of a square map": (drawn(1, 6, 6, 1), (3, 3)),
        "square windows": (drawn(2, 4, 6, 3), (2, 2)),
        "a batch of one picture": (drawn(1, 4, 9, 3), (2, 3)),
    }


def no_permute(x, window_size):
    (b, h, w, c), (wh, ww) = x.shape, window_size
    return x.reshape(b, h // wh, w // ww, wh * ww, c)


def grid(x, window_size):
    wh, ww = window_size
    return rearrange(x, "b (wh nh) (ww nw) c -> b nh nw (wh ww) c", wh=wh, ww=ww)


def cells_by_columns(x, window_size):
    wh, ww = window_size
    return rearrange(x, "b (nh wh) (nw ww) c -> b nh nw (ww wh) c", wh=wh, ww=ww)


def windows_by_columns(x, window_size):
    wh, ww = window_size
    return rearrange(x, "b (nh wh) (nw ww) c -> b nw nh (wh ww) c", wh=wh, ww=ww)


def size_swapped(x, window_size):
    ww, wh = window_size
    return rearrange(x, "b (nh wh) (nw ww) c -> b nh nw (wh ww) c", wh=wh, ww=ww)


def count_for_size(x, window_size):
    nh, nw = window_size
    return rearrange(x, "b (nh wh) (nw ww) c -> b nh nw (wh ww) c", nh=nh, nw=nw)


EXERCISE = Exercise(
    name="window_partition",
    title="Cut a map into windows",
    difficulty=2,
    minutes=10,
    why="Every window model begins here, and it is the step that is most often wrong with the "
    "right shape.",
    reference=reference,
    cases=cases,
    axes="b nh nw n c",
    view="b nh nw n c -> (b nh nw) (n c)",
    easy=easy,
    mistakes=(
        Mistake(
            "no permute",
            "A reshape alone cuts the memory into pieces: your windows are stretches of rows, not "
            "patches. The shape is right, the cells are not. Split both axes, then bring wh and "
            "ww together.",
            no_permute,
        ),
        Mistake(
            "grid for block",
            "Each of your groups takes one cell out of every patch: that is MaxViT's grid. For "
            "windows the count is the outer factor: (nh wh), not (wh nh).",
            grid,
        ),
        Mistake(
            "cells in column order",
            "Your windows hold the right cells, read column by column. Tokens are read row by "
            "row: (wh ww).",
            cells_by_columns,
        ),
        Mistake(
            "windows in column order",
            "Your windows are right but stand in another order: rows of windows come first, "
            "(b, nh, nw, ...).",
            windows_by_columns,
        ),
        Mistake(
            "axes swapped",
            "You read window_size as (width, height). Sizes are (height, width).",
            size_swapped,
        ),
        Mistake(
            "count for size",
            "window_size says how large a window is, not how many there are.",
            count_for_size,
        ),
    ),
    hints=(
        "Which two factors make up h, and which is the outer one? Draw a 4×6 map and number it.",
        "Split h into (nh, wh) and w into (nw, ww): six axes. Then wh and ww must stand side by "
        "side before they can be joined.",
        "x.reshape(b, nh, wh, nw, ww, c).permute(0, 1, 3, 2, 4, 5), then one more reshape; or one "
        "einops pattern 'b (nh wh) (nw ww) c -> ...'.",
    ),
    solution="""
def window_partition(x, window_size):
    wh, ww = window_size
    return rearrange(x, "b (nh wh) (nw ww) c -> b nh nw (wh ww) c", wh=wh, ww=ww)
""",
    whole=Whole(
        "swin_t",
        lambda model, f: replaced(
            "utils.models.swin.model.partition_windows", lambda x, *, window_size: f(x, window_size)
        ),
    ),
)

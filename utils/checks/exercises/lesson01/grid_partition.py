"""Exercise 5, find the bug: a grid that was a window."""

from typing import Any

from einops import rearrange
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn, numbered
from utils.checks.install import replaced
from utils.ops import partition_windows


def reference(x: Tensor, grid_size: tuple[int, int]) -> Tensor:
    return partition_windows(x, window_size=grid_size, kind="grid")


def cases() -> list[Case]:
    return [
        Case("a numbered 4×6 map, groups of 2×3", (numbered(1, 4, 6, 1), (2, 3))),
        Case("a numbered 6×4 map, 2 channels, groups of 2×2", (numbered(1, 6, 4, 2), (2, 2))),
        Case("a numbered 6×12 map, groups of 2×3", (numbered(1, 6, 12, 1), (2, 3))),
        Case("a random batch (2, 6, 10, 3), groups of 3×2", (drawn(2, 6, 10, 3), (3, 2))),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "square groups of a square map": (drawn(1, 6, 6, 1), (3, 3)),
        "square groups": (drawn(2, 4, 6, 3), (2, 2)),
        "a batch of one picture": (drawn(1, 4, 9, 3), (2, 3)),
    }


def window(x, grid_size):
    wh, ww = grid_size
    return rearrange(x, "b (nh wh) (nw ww) c -> b nh nw (wh ww) c", wh=wh, ww=ww)


def no_permute(x, grid_size):
    (b, h, w, c), (wh, ww) = x.shape, grid_size
    return x.reshape(b, h // wh, w // ww, wh * ww, c)


def as_found(x, grid_size):
    (b, h, w, c), (wh, ww) = x.shape, grid_size
    x = x.reshape(b, wh, h // wh, ww, w // ww, c)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(b, h // wh, w // ww, wh * ww, c)


def cells_by_columns(x, grid_size):
    wh, ww = grid_size
    return rearrange(x, "b (wh nh) (ww nw) c -> b nh nw (ww wh) c", wh=wh, ww=ww)


def size_swapped(x, grid_size):
    ww, wh = grid_size
    return rearrange(x, "b (wh nh) (ww nw) c -> b nh nw (wh ww) c", wh=wh, ww=ww)


def stride_for_size(x, grid_size):
    nh, nw = grid_size
    return rearrange(x, "b (wh nh) (ww nw) c -> b nh nw (wh ww) c", nh=nh, nw=nw)


PLACE = "utils.models.maxvit.model.partition_windows"


def _with(f):
    def partition(x, *, window_size, kind="window"):
        if kind == "window":
            return partition_windows(x, window_size=window_size)
        return f(x, window_size)

    return partition


EXERCISE = Exercise(
    name="grid_partition",
    title="Find the bug: a grid that is a window",
    difficulty=3,
    minutes=10,
    why="A public MaxViT had this bug until the paper's first author found it: every shape "
    "was right, and the grid attention was never a grid.",
    reference=reference,
    cases=cases,
    axes="b nh nw n c",
    view="b nh nw n c -> (b nh nw) (n c)",
    easy=easy,
    mistakes=(
        Mistake(
            "the bug as it was found",
            "The split is a grid's, but the permute leaves the wrong axes outside, so that the "
            "groups hold neighbors again. The axes inside one group, gh and gw, must come after "
            "the two that count the groups.",
            as_found,
        ),
        Mistake(
            "block for grid",
            "These are windows: neighbors. In a grid group the cells lie h / wh rows apart.",
            window,
        ),
        Mistake(
            "no permute",
            "A reshape alone cuts the memory into stretches: neither a window nor a grid.",
            no_permute,
        ),
        Mistake(
            "cells in column order",
            "The right cells, read column by column. Tokens are read row by row: (wh ww).",
            cells_by_columns,
        ),
        Mistake(
            "axes swapped",
            "You read grid_size as (width, height). Sizes are (height, width).",
            size_swapped,
        ),
        Mistake(
            "stride for size",
            "grid_size says how many cells a group has, not how far apart they lie.",
            stride_for_size,
        ),
    ),
    hints=(
        "Run the given code on arange(24) as a 4×6 map. Which cells share a group? Which should?",
        "In window_partition h is (nh wh). Here the cells of one group lie far apart: which "
        "factor must be the outer one?",
        "Split h as (wh nh) and w as (ww nw); the order of the axes in the result stays "
        "b nh nw (wh ww) c.",
    ),
    solution="""
def grid_partition(x, grid_size):
    wh, ww = grid_size
    return rearrange(x, "b (wh nh) (ww nw) c -> b nh nw (wh ww) c", wh=wh, ww=ww)
""",
    whole=Whole("maxvit_t", lambda model, f: replaced(PLACE, _with(f))),
)

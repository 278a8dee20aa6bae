"""Exercise 3: put windows back."""

from typing import Any

from einops import rearrange
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn, numbered
from utils.checks.install import replaced
from utils.ops import merge_windows


def reference(windows: Tensor, window_size: tuple[int, int]) -> Tensor:
    return merge_windows(windows, window_size=window_size)


def cases() -> list[Case]:
    return [
        Case("numbered windows, 2×3 windows of 2×3", (numbered(1, 2, 3, 6, 1), (2, 3))),
        Case("numbered windows, 1×2 windows of 4×2", (numbered(1, 1, 2, 8, 2), (4, 2))),
        Case("a random batch, 3×2 windows of 2×5", (drawn(2, 3, 2, 10, 3), (2, 5))),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "square windows of a square map": (drawn(1, 2, 2, 9, 1), (3, 3)),
        "square windows": (drawn(2, 2, 3, 4, 3), (2, 2)),
        "a square map": (drawn(2, 3, 3, 6, 2), (2, 2 + 1)),
    }


def no_permute(windows, window_size):
    (b, nh, nw, _, c), (wh, ww) = windows.shape, window_size
    return windows.reshape(b, nh * wh, nw * ww, c)


def grid(windows, window_size):
    wh, ww = window_size
    return rearrange(windows, "b nh nw (wh ww) c -> b (wh nh) (ww nw) c", wh=wh, ww=ww)


def cells_by_columns(windows, window_size):
    wh, ww = window_size
    return rearrange(windows, "b nh nw (ww wh) c -> b (nh wh) (nw ww) c", wh=wh, ww=ww)


def size_swapped(windows, window_size):
    ww, wh = window_size
    return rearrange(windows, "b nh nw (wh ww) c -> b (nh wh) (nw ww) c", wh=wh, ww=ww)


def transposed(windows, window_size):
    wh, ww = window_size
    return rearrange(windows, "b nh nw (wh ww) c -> b (nw ww) (nh wh) c", wh=wh, ww=ww)


EXERCISE = Exercise(
    name="window_merge",
    title="Put the windows back",
    difficulty=2,
    minutes=5,
    why="What is cut must be put back into the very same places: merge undoes partition, always.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    view="b h w c -> (b h) (w c)",
    easy=easy,
    mistakes=(
        Mistake(
            "no permute",
            "A reshape alone lays the windows one after the other. wh must move beside nh, and ww "
            "beside nw, before they are joined.",
            no_permute,
        ),
        Mistake(
            "grid for block",
            "You spread each window over the whole map: that undoes MaxViT's grid. The count is "
            "the outer factor: (nh wh).",
            grid,
        ),
        Mistake(
            "cells in column order",
            "You take the n cells of a window as columns; they are rows: n = (wh ww).",
            cells_by_columns,
        ),
        Mistake(
            "axes swapped",
            "You read window_size as (width, height). Sizes are (height, width).",
            size_swapped,
        ),
        Mistake(
            "map transposed",
            "Height and width of your map have changed places: nh and wh make h.",
            transposed,
        ),
    ),
    hints=(
        "Read your partition from right to left.",
        "The window grid (nh, nw) stands in the tensor's shape; n splits into (wh, ww).",
        "windows.reshape(b, nh, nw, wh, ww, c).permute(0, 1, 3, 2, 4, 5), then join (nh wh) and "
        "(nw ww).",
    ),
    solution="""
def window_merge(windows, window_size):
    wh, ww = window_size
    return rearrange(windows, "b nh nw (wh ww) c -> b (nh wh) (nw ww) c", wh=wh, ww=ww)
""",
    whole=Whole(
        "swin_t",
        lambda model, f: replaced(
            "utils.models.swin.model.merge_windows", lambda x, *, window_size: f(x, window_size)
        ),
    ),
)

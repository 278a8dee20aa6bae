"""Exercise 6: which row of the table belongs to which pair."""

from typing import Any

import torch
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.install import replaced
from utils.ops import relative_position_index

Size = tuple[int, int]


def reference(window_size: Size) -> Tensor:
    return relative_position_index(window_size)


def cases() -> list[Case]:
    return [
        Case("a window of 1×3", ((1, 3),)),
        Case("a window of 2×3", ((2, 3),)),
        Case("a window of 4×2", ((4, 2),)),
        Case("a window of 7×7", ((7, 7),)),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "square windows": ((3, 3),),
        "windows of one row": ((1, 4),),
    }


def _offsets(window_size: Size) -> tuple[Tensor, Tensor]:
    """(n, n) offsets query minus key, rows and columns."""
    wh, ww = window_size
    y = torch.arange(wh).repeat_interleave(ww)
    x = torch.arange(ww).repeat(wh)
    return y[:, None] - y[None, :], x[:, None] - x[None, :]


def key_minus_query(window_size):
    return reference(window_size).T.contiguous()


def not_from_zero(window_size):
    dy, dx = _offsets(window_size)
    return dy * (2 * window_size[1] - 1) + dx


def factor_of_height(window_size):
    (wh, ww), (dy, dx) = window_size, _offsets(window_size)
    return (dy + wh - 1) * (2 * wh - 1) + dx + ww - 1


def factor_without_minus_one(window_size):
    (wh, ww), (dy, dx) = window_size, _offsets(window_size)
    return (dy + wh - 1) * (2 * ww) + dx + ww - 1


def factor_two_too_small(window_size):
    (wh, ww), (dy, dx) = window_size, _offsets(window_size)
    return (dy + wh - 1) * (2 * ww - 2) + dx + ww - 1


def sum_of_offsets(window_size):
    (wh, ww), (dy, dx) = window_size, _offsets(window_size)
    return dy + wh - 1 + dx + ww - 1


def columns_first(window_size):
    (wh, ww), (dy, dx) = window_size, _offsets(window_size)
    return (dx + ww - 1) * (2 * wh - 1) + dy + wh - 1


def distance(window_size):
    dy, dx = _offsets(window_size)
    return dy.abs() * (2 * window_size[1] - 1) + dx.abs()


EXERCISE = Exercise(
    name="position_index",
    title="Which row of the table belongs to which pair",
    difficulty=4,
    minutes=15,
    why="With the index, a learned table of (2wh − 1)·(2ww − 1) numbers serves all n² pairs: a "
    "wrong index still trains, only worse, and published weights no longer fit.",
    reference=reference,
    cases=cases,
    axes="i j",
    view="i j -> i j",
    easy=easy,
    mistakes=(
        Mistake(
            "key minus query",
            "Your offsets are key minus query, so the matrix is transposed. Swin takes query "
            "minus key.",
            key_minus_query,
        ),
        Mistake(
            "offsets do not start at 0",
            "Offsets run from −(M − 1) to M − 1, and so does your index: negative numbers read "
            "the table from its end. Add wh − 1 to rows and ww − 1 to columns.",
            not_from_zero,
        ),
        Mistake(
            "factor of the wrong side",
            "A step of one row skips all offsets of columns: multiply rows by 2·ww − 1, not by "
            "2·wh − 1. In square windows this never shows.",
            factor_of_height,
        ),
        Mistake(
            "2M for 2M − 1",
            "From −(M − 1) to M − 1 there are 2M − 1 numbers, not 2M: your index leaves gaps.",
            factor_without_minus_one,
        ),
        Mistake(
            "2M − 2 for 2M − 1",
            "From −(M − 1) to M − 1 there are 2M − 1 numbers, zero included: with 2M − 2 two "
            "offsets share a row.",
            factor_two_too_small,
        ),
        Mistake(
            "rows and columns only added",
            "One down and one right get the same index: multiply the rows, so that every pair of "
            "offsets has its own number.",
            sum_of_offsets,
        ),
        Mistake(
            "columns first",
            "You count the columns' offsets outside. The published order is rows first: "
            "row · (2ww − 1) + column.",
            columns_first,
        ),
        Mistake(
            "distance for offset",
            "You take absolute values, so that left and right look alike. The sign matters.",
            distance,
        ),
    ),
    hints=(
        "List the offsets (y_i − y_j, x_i − x_j) of a 1×3 window. How many different ones?",
        "Shift the offsets so that the smallest is 0, then read (row, column) as a number with "
        "two digits. Which base has the second digit?",
        "index = (y_i − y_j + wh − 1) · (2·ww − 1) + (x_i − x_j + ww − 1), with y = cell // ww "
        "and x = cell % ww.",
    ),
    solution="""
def position_index(window_size):
    wh, ww = window_size
    cell = torch.arange(wh * ww)
    y, x = cell // ww, cell % ww
    dy = y[:, None] - y[None, :] + wh - 1
    dx = x[:, None] - x[None, :] + ww - 1
    return dy * (2 * ww - 1) + dx
""",
    ways=(
        """
def position_index(window_size):
    wh, ww = window_size
    y, x = torch.meshgrid(torch.arange(wh), torch.arange(ww), indexing="ij")
    y, x = y.flatten(), x.flatten()
    rows = y[:, None] - y[None, :] + wh - 1
    columns = x[:, None] - x[None, :] + ww - 1
    return rows * (2 * ww - 1) + columns
""",
    ),
    whole=Whole(
        "swin_t",
        lambda model, f: replaced(
            "utils.ops.position.relative_position_index",
            lambda window_size, **kwargs: f(window_size),
        ),
    ),
)

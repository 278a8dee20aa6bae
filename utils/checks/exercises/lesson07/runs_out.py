"""Exercise 2: the largest picture whose attention weights fit into memory."""

import math
from typing import Any

from utils.checks.exercise import Case, Exercise, Mistake


def _both(cells: int, stride: int) -> tuple[int, int]:
    return cells * cells, cells * stride


def reference(memory: int, layers: int, num_heads: int, stride: int) -> tuple[int, int]:
    tokens = math.isqrt(memory // (4 * layers * num_heads))  # n², then n
    return _both(math.isqrt(tokens), stride)


def cases() -> list[Case]:
    settings = [
        (16 * 10**9, 12, 3, 4),
        (8 * 10**9, 6, 1, 8),
        (80 * 10**9, 24, 16, 14),
        (10**6, 1, 2, 1),
    ]
    return [
        Case(
            f"{m:,} bytes, {layers} layers of {heads} heads, stride {stride}",
            (m, layers, heads, stride),
        )
        for m, layers, heads, stride in settings
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "one head": (10**9, 6, 1, 8),
        "stride 1": (10**9, 6, 4, 1),
    }


def bytes_forgotten(memory, layers, num_heads, stride):
    return reference(4 * memory, layers, num_heads, stride)


def layers_forgotten(memory, layers, num_heads, stride):
    return reference(memory * layers, layers, num_heads, stride)


def heads_forgotten(memory, layers, num_heads, stride):
    return reference(memory * num_heads, layers, num_heads, stride)


def tokens_for_side(memory, layers, num_heads, stride):
    return _both(math.isqrt(memory // (4 * layers * num_heads)), stride)


def rounded_up(memory, layers, num_heads, stride):
    return _both(math.ceil((memory / (4 * layers * num_heads)) ** 0.25), stride)


def part_of_a_cell(memory, layers, num_heads, stride):
    cells = (memory / (4 * layers * num_heads)) ** 0.25
    return int(cells**2), int(cells * stride)


def no_square(memory, layers, num_heads, stride):
    tokens = math.isqrt(memory // (4 * layers * num_heads))
    return tokens, math.isqrt(tokens) * stride


def to_the_nearest(memory, layers, num_heads, stride):
    return _both(round((memory / (4 * layers * num_heads)) ** 0.25), stride)


EXERCISE = Exercise(
    name="runs_out",
    title="Where memory ends",
    difficulty=2,
    minutes=10,
    why="A side twice as long makes a table sixteen times as large: people meet this wall before "
    "any other.",
    reference=reference,
    cases=cases,
    axes="number",
    easy=easy,
    mistakes=(
        Mistake("bytes forgotten", "A float32 has 4 bytes.", bytes_forgotten),
        Mistake(
            "layers forgotten",
            "For training every layer keeps its own table until the way back.",
            layers_forgotten,
        ),
        Mistake("heads forgotten", "Every head has a table of its own.", heads_forgotten),
        Mistake(
            "tokens for a side",
            "You took the number of tokens n for the side. The table has n² numbers, and n is a "
            "side squared: two roots.",
            tokens_for_side,
        ),
        Mistake(
            "rounded up",
            "The next larger map does not fit any more: round down.",
            rounded_up,
        ),
        Mistake(
            "part of a cell",
            "The map has whole cells: round the cells down first, then multiply by the stride.",
            part_of_a_cell,
        ),
        Mistake(
            "tokens that fill no square",
            "These tokens fit into memory, but they fill no square map: take the "
            "largest whole side first, then its square.",
            no_square,
        ),
        Mistake(
            "rounded to the nearest",
            "You round the side to the nearest whole number: where that is up, the "
            "tables no longer fit. Round down.",
            to_the_nearest,
        ),
    ),
    hints=(
        "Write the bytes of all tables as a formula of n, the number of tokens.",
        "layers · heads · n² · 4 ≤ memory. Solve for n, then for the side of the map in cells.",
        "cells = floor(floor-root of the floor-root of memory / (4 · layers · heads)); math.isqrt "
        "is exact. Then return cells**2, cells * stride.",
    ),
    solution="""
def runs_out(memory, layers, num_heads, stride):
    pairs = memory // (4 * layers * num_heads)
    cells = math.isqrt(math.isqrt(pairs))
    return cells**2, cells * stride
""",
)

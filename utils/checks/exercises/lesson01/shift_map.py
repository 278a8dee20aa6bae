"""Exercise 1: roll a map."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn, numbered
from utils.checks.install import replaced
from utils.ops import cyclic_shift


def reference(x: Tensor, shift_size: tuple[int, int]) -> Tensor:
    return cyclic_shift(x, shift_size=shift_size)


def cases() -> list[Case]:
    return [
        Case("a numbered 4×6 map, shift (1, 2)", (numbered(1, 4, 6, 1), (1, 2))),
        Case("a numbered 5×3 map with 2 channels, shift (0, 1)", (numbered(1, 5, 3, 2), (0, 1))),
        Case("a random batch (2, 7, 5, 3), shift (3, 2)", (drawn(2, 7, 5, 3), (3, 2))),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "the same shift on both axes": (drawn(1, 4, 5, 2), (1, 1)),
    }


def wrong_way(x, shift_size):
    return torch.roll(x, shift_size, dims=(1, 2))


def axes_swapped(x, shift_size):
    return torch.roll(x, (-shift_size[1], -shift_size[0]), dims=(1, 2))


def wrong_axes(x, shift_size):
    return torch.roll(x, (-shift_size[0], -shift_size[1]), dims=(0, 1))


def filled_with_zeros(x, shift_size):
    dy, dx = shift_size
    return functional.pad(x[:, dy:, dx:], (0, 0, 0, dx, 0, dy))


def in_place(x, shift_size):
    x.copy_(torch.roll(x, (-shift_size[0], -shift_size[1]), dims=(1, 2)))
    return x


EXERCISE = Exercise(
    name="shift_map",
    title="Roll a map",
    difficulty=1,
    minutes=5,
    why="The shift is all that joins Swin's windows; most questions about Swin are about it.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    view="b h w c -> (b h) (w c)",
    easy=easy,
    mistakes=(
        Mistake(
            "shift the wrong way",
            "Your map moves down and right. Swin moves it up and left, so that row shift_size[0] "
            "becomes row 0: the shift is negative.",
            wrong_way,
        ),
        Mistake(
            "axes swapped",
            "Your rows move by the second number and your columns by the first. Sizes and shifts "
            "are (height, width).",
            axes_swapped,
        ),
        Mistake(
            "wrong axes rolled",
            "You roll axes 0 and 1, the batch and the rows. In (b, h, w, c) the rows are axis 1 "
            "and the columns axis 2.",
            wrong_axes,
        ),
        Mistake(
            "zeros instead of a roll",
            "What falls out must come back in on the other side; here zeros come in.",
            filled_with_zeros,
        ),
        Mistake(
            "the input is changed",
            "The values are right, but they are written into the tensor that was given. Whoever "
            "called you still needs it: make a new one.",
            in_place,
        ),
    ),
    hints=(
        "torch.roll moves a tensor around its ends. Which axes, how far, and with which sign?",
        "The map is (b, h, w, c): roll axes 1 and 2. Up and left means towards smaller indices.",
        "torch.roll(x, shifts=(-dy, ...), dims=(1, ...)) with dy, dx = shift_size.",
    ),
    solution="""
def shift_map(x, shift_size):
    dy, dx = shift_size
    return torch.roll(x, shifts=(-dy, -dx), dims=(1, 2))
""",
    whole=Whole(
        "swin_t",
        lambda model, f: replaced(
            "utils.models.swin.model.cyclic_shift", lambda x, *, shift_size: f(x, shift_size)
        ),
    ),
)

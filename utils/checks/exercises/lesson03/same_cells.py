"""Exercise 2: how many zeros TensorFlow adds, and where."""

from typing import Any

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.install import replaced
from utils.ops import same_padding


def reference(side: int, kernel_size: int, stride: int) -> tuple[int, int]:
    return same_padding((side, side), kernel_size=kernel_size, stride=stride)[0]


def cases() -> list[Case]:
    sides = [(8, 3, 2), (7, 3, 2), (8, 3, 1), (10, 5, 2), (9, 4, 3), (3, 2, 2), (6, 1, 2)]
    return [
        Case(
            f"a side of {side} cells, a kernel of {kernel}, stride {stride}", (side, kernel, stride)
        )
        for side, kernel, stride in sides
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "stride 1": (8, 3, 1),
        "sides that the stride divides": (12, 3, 2),
    }


def _needed(side, kernel_size, stride):
    return max((-(-side // stride) - 1) * stride + kernel_size - side, 0)


def torch_padding(side, kernel_size, stride):
    return kernel_size // 2, kernel_size // 2


def odd_one_in_front(side, kernel_size, stride):
    before, after = reference(side, kernel_size, stride)
    return after, before


def stride_forgotten(side, kernel_size, stride):
    return (kernel_size - 1) // 2, kernel_size // 2


def all_at_the_end(side, kernel_size, stride):
    return 0, _needed(side, kernel_size, stride)


def rounded_down(side, kernel_size, stride):
    needed = max((side // stride - 1) * stride + kernel_size - side, 0)
    return needed // 2, needed - needed // 2


def below_zero(side, kernel_size, stride):
    needed = (-(-side // stride) - 1) * stride + kernel_size - side
    return needed // 2, needed - needed // 2


def with_same(f):
    def same(size, *, kernel_size, stride=1):
        rows, columns = (f(side, kernel_size, stride) for side in size)
        return rows, columns

    return same


def half_rounded(side, kernel_size, stride):
    needed = sum(reference(side, kernel_size, stride))
    return round(needed / 2), needed - round(needed / 2)


EXERCISE = Exercise(
    name="same_cells",
    title='What "same" means in TensorFlow',
    difficulty=2,
    minutes=10,
    why="MaxViT's weights were trained in TensorFlow. torch's padding=1 gives every shape right "
    "and looks one cell to the side wherever a convolution halves the map.",
    reference=reference,
    cases=cases,
    axes="end",
    easy=easy,
    mistakes=(
        Mistake(
            "torch's padding",
            "Half a kernel on both ends is torch's habit. With stride 2 and an even side only one "
            "zero is needed, and it stands at the end: all samples lie one cell further on.",
            torch_padding,
        ),
        Mistake(
            "the odd one in front",
            "The number is right. Where it is odd, the one too many stands at the end.",
            odd_one_in_front,
        ),
        Mistake(
            "stride forgotten",
            "kernel_size − 1 zeros are right for stride 1. With a stride the last position stands "
            "at (cells − 1) · stride, which may need fewer.",
            stride_forgotten,
        ),
        Mistake(
            "all at the end",
            "The zeros are shared out: half in front (rounded down), the rest at the end.",
            all_at_the_end,
        ),
        Mistake(
            "rounded down",
            '"same" gives ⌈side / stride⌉ cells: an odd side is rounded up.',
            rounded_down,
        ),
        Mistake(
            "less than nothing",
            "Where stride > kernel the formula can fall below 0: then no zeros are added.",
            below_zero,
        ),
        Mistake(
            "half a cell rounded",
            "round() takes a half to the even number: 1.5 and 2.5 both become 2. "
            "Half of an odd number goes down before, and the rest stands after: "
            "`//`.",
            half_rounded,
        ),
    ),
    hints=(
        "Count cells first: ⌈side / stride⌉ come out. Where does the kernel of the last one end?",
        "It begins at (cells − 1) · stride and ends kernel_size later. What sticks out of the side "
        "must be padded (at least 0), half of it in front, rounded down.",
        "cells = -(-side // stride); needed = max((cells - 1) * stride + kernel_size - side, 0).",
    ),
    solution="""
def same_cells(side, kernel_size, stride):
    cells = -(-side // stride)
    needed = max((cells - 1) * stride + kernel_size - side, 0)
    return needed // 2, needed - needed // 2
""",
    ways=(
        """
def same_cells(side, kernel_size, stride):
    rest = side % stride
    needed = max(kernel_size - rest, 0) if rest else max(kernel_size - stride, 0)
    before = needed // 2
    return before, needed - before
""",
    ),
    whole=Whole(
        "maxvit_t",
        lambda model, f: replaced("utils.ops.same.same_padding", with_same(f)),
    ),
)

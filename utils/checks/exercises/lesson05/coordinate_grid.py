"""Exercise 1: where is each cell?"""

from typing import Any

import torch
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.install import replaced
from utils.ops import coordinates


def reference(h: int, w: int) -> Tensor:
    return coordinates((h, w))


def cases() -> list[Case]:
    return [Case(f"a {h}×{w} map", (h, w)) for h, w in ((2, 3), (4, 4), (5, 2))]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "square maps": (4, 4),
    }


def y_before_x(h, w):
    return reference(h, w).flip(-1)


def from_one(h, w):
    return reference(h, w) + 1


def middles(h, w):
    return reference(h, w) + 0.5


def from_zero_to_one(h, w):
    return reference(h, w) / torch.tensor([w - 1.0, h - 1.0])


def reshaped(h, w):
    return reference(h, w).permute(2, 0, 1).reshape(h, w, 2)


def sides_swapped(h, w):
    return reference(w, h)


EXERCISE = Exercise(
    name="coordinate_grid",
    title="Where is each cell?",
    difficulty=1,
    minutes=5,
    why="These numbers are the values of GMFlow's attention. Flow is (x, y), sizes are (h, w): "
    "many bugs of flow code live between the two.",
    reference=reference,
    cases=cases,
    axes="h w xy",
    view="h w xy -> h (w xy)",
    easy=easy,
    mistakes=(
        Mistake(
            "flow (y, x)",
            "Your last axis holds (y, x). Coordinates and flow are (x, y): the column comes first, "
            "although sizes are (height, width).",
            y_before_x,
        ),
        Mistake("counted from one", "You count from 1. The top left cell is (0, 0).", from_one),
        Mistake(
            "middles of cells",
            "You add ½. GMFlow counts cells: the first is at 0. (In a difference of two places the "
            "½ cancels, so the whole model does not mind. Whoever reads a map at these places "
            "does.)",
            middles,
        ),
        Mistake(
            "normalized",
            "You divide by the sides. The unit here is the cell: the last x is w − 1.",
            from_zero_to_one,
        ),
        Mistake(
            "no permute",
            "You reshape (2, h, w) to (h, w, 2): that cuts the numbers in another way. Move the "
            "axis, or stack along the last one.",
            reshaped,
        ),
        Mistake(
            "height and width swapped",
            "The map that comes out is w high and h wide.",
            sides_swapped,
        ),
    ),
    hints=(
        "Two maps of h × w numbers, one with the column and one with the row of each cell, stacked "
        "along a new last axis. Which one first?",
        "torch.arange(w).expand(h, w) holds the columns, torch.arange(h)[:, None].expand(h, w) the "
        "rows. The result is float.",
        "torch.stack([columns, rows], dim=-1).float()",
    ),
    solution="""
def coordinate_grid(h, w):
    x = torch.arange(w).expand(h, w)
    y = torch.arange(h)[:, None].expand(h, w)
    return torch.stack([x, y], dim=-1).float()
""",
    whole=Whole(
        "gmflow",
        lambda model, f: replaced("utils.ops.matching.coordinates", lambda size, **kind: f(*size)),
        tolerance=1e-4,
    ),
)

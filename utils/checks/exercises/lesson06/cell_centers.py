"""Exercise 1: reference points."""

from typing import Any

import torch
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.install import replaced
from utils.ops import reference_points


def reference(h: int, w: int) -> Tensor:
    return reference_points(((h, w),))


def cases() -> list[Case]:
    return [Case(f"a {h}×{w} map", (h, w)) for h, w in ((1, 2), (3, 4), (5, 2))]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "square maps": (4, 4),
    }


def not_normalized(h, w):
    return reference(h, w) * torch.tensor([w, h])


def corners(h, w):
    return reference(h, w) - torch.tensor([0.5 / w, 0.5 / h])


def from_edge_to_edge(h, w):
    steps = [torch.linspace(0, 1, side) for side in (w, h)]
    return torch.stack(torch.meshgrid(*steps, indexing="xy"), dim=-1).flatten(0, 1)


def y_before_x(h, w):
    return reference(h, w).flip(-1)


def sides_swapped(h, w):
    return reference(h, w) * torch.tensor([w / h, h / w])


def column_by_column(h, w):
    return reference(h, w).reshape(h, w, 2).transpose(0, 1).flatten(0, 1)


EXERCISE = Exercise(
    name="cell_centers",
    title="Reference points",
    difficulty=1,
    minutes=5,
    why="One point must mean the same place in maps of any size: that is how a cell at 1/16 finds "
    "its neighbors at 1/8 and at 1/32.",
    reference=reference,
    cases=cases,
    axes="n xy",
    view="n xy -> n xy",
    easy=easy,
    mistakes=(
        Mistake(
            "reference points not normalized",
            "Your points count cells. They must lie between 0 and 1, or they would mean another "
            "place in each map: divide x by w and y by h.",
            not_normalized,
        ),
        Mistake(
            "corners instead of middles",
            "You take the top left corner of each cell. The middle is ½ further: (column + ½) / w.",
            corners,
        ),
        Mistake(
            "from edge to edge",
            "Your first point lies on the edge, 0, and the last on 1. Those are the picture's "
            "outer edges; the first middle lies half a cell inside.",
            from_edge_to_edge,
        ),
        Mistake("points (y, x)", "Points are (x, y): the column first.", y_before_x),
        Mistake(
            "height and width swapped",
            "x is divided by the height and y by the width: right only on square maps.",
            sides_swapped,
        ),
        Mistake(
            "column by column",
            "You run down the columns. Tokens are counted row by row: x changes first.",
            column_by_column,
        ),
    ),
    hints=(
        "A map of w cells has its middles at ½, 1½, ... in cells. What are they if the whole width "
        "is 1?",
        "x = (torch.arange(w) + 0.5) / w, the same for y with h. All pairs, row by row.",
        "torch.stack([x.expand(h, w), y[:, None].expand(h, w)], dim=-1), then flatten(0, 1).",
    ),
    solution="""
def cell_centers(h, w):
    x = (torch.arange(w) + 0.5) / w
    y = (torch.arange(h) + 0.5) / h
    points = torch.stack([x.expand(h, w), y[:, None].expand(h, w)], dim=-1)
    return points.flatten(0, 1)
""",
    whole=Whole(
        "vit_adapter_t",
        lambda model, f: replaced(
            "utils.models.vit_adapter.attentions.reference_points",
            lambda sizes, **kind: torch.cat([f(*size) for size in sizes]),
        ),
    ),
)

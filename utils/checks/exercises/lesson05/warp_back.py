"""Exercise 5, find the bug: a warp that shrinks the picture."""

from typing import Any

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn, numbered
from utils.checks.install import replaced
from utils.ops import coordinates, warp


def reference(x: Tensor, flow: Tensor) -> Tensor:
    return warp(x, flow)


def cases() -> list[Case]:
    right = torch.tensor([1.0, 0.0]).expand(1, 3, 5, 2)
    return [
        Case("a numbered 3×5 map and no flow", (numbered(1, 3, 5, 1) + 1, torch.zeros(1, 3, 5, 2))),
        Case("the same map, all moved 1 to the right", (numbered(1, 3, 5, 1) + 1, right.clone())),
        Case(
            "a random map (2, 4, 6, 3), a random flow",
            (drawn(2, 4, 6, 3), drawn(2, 4, 6, 2, seed=1)),
        ),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "square maps": (drawn(2, 4, 4, 3), drawn(2, 4, 4, 2, seed=1)),
        "no flow": (drawn(2, 4, 6, 3), torch.zeros(2, 4, 6, 2)),
    }


def _warp(x, flow, *, sides=None, divide=lambda n: n - 1, aligned=True, **how):
    h, w = x.shape[1:3]
    if sides is None:
        sides = (w, h)
    span = torch.tensor([divide(float(side)) for side in sides])
    grid = 2 * (coordinates((h, w)) + flow) / span - 1
    planes = rearrange(x, "b h w c -> b c h w")
    planes = functional.grid_sample(planes, grid, align_corners=aligned, **how)
    return rearrange(planes, "b c h w -> b h w c")


def as_found(x, flow):
    return _warp(x, flow, aligned=False)


def sides_for_spans(x, flow):
    return _warp(x, flow, divide=lambda n: n)


def wrong_way(x, flow):
    return _warp(x, -flow)


def y_before_x(x, flow):
    return _warp(x, flow.flip(-1))


def sides_swapped(x, flow):
    return _warp(x, flow, sides=tuple(x.shape[1:3]))


def border_repeated(x, flow):
    return _warp(x, flow, padding_mode="border")


def nearest(x, flow):
    return _warp(x, flow, mode="nearest")


def flow_alone(x, flow):
    return _warp(x, flow - coordinates(tuple(x.shape[1:3])))


EXERCISE = Exercise(
    name="warp_back",
    title="Find the bug: a warp that shrinks the picture",
    difficulty=3,
    minutes=15,
    why="This function is copied from one flow repository to the next. When torch changed a "
    "default, all its copies became wrong by half a pixel, with nothing but a warning.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    gradients=True,
    view="b h w c -> (b h) (w c)",
    may_call=("utils.ops.matching.coordinates",),
    easy=easy,
    mistakes=(
        Mistake(
            "align_corners, the bug as it was found",
            "You divide by w − 1 and h − 1, which puts −1 and +1 on the middles of the outer "
            "cells. grid_sample then takes them for the outer edges: say align_corners=True.",
            as_found,
        ),
        Mistake(
            "sides for spans",
            "With align_corners=True the last cell, w − 1, belongs to +1: divide by w − 1, not w.",
            sides_for_spans,
        ),
        Mistake(
            "warped the wrong way",
            "You subtract the flow. A cell of frame 0 has gone to place + flow: read there.",
            wrong_way,
        ),
        Mistake(
            "flow (y, x)",
            "You take the flow as (y, x). It is (x, y), and so is the grid of grid_sample.",
            y_before_x,
        ),
        Mistake(
            "height and width swapped",
            "x is divided by the height and y by the width. On a square map nobody would notice.",
            sides_swapped,
        ),
        Mistake(
            "border repeated",
            "Outside the map you repeat its border. In the published model there are zeros.",
            border_repeated,
        ),
        Mistake(
            "nearest cell",
            "You read the nearest cell. Between cells it is bilinear: else there is no gradient.",
            nearest,
        ),
        Mistake(
            "own place not added",
            "You read at the flow itself. It says how far, not where: add the cell's own place.",
            flow_alone,
        ),
    ),
    hints=(
        "Warp a numbered map with no flow at all. What should come out, and what does?",
        "Two conventions: −1 and +1 are the middles of the outer cells (align_corners=True) or "
        "their outer edges (False, the default). The grid and the reading must agree.",
        "Pass align_corners=True to grid_sample; or keep False and write "
        "(2 * places + 1) / sides - 1.",
    ),
    solution="""
def warp_back(x, flow):
    h, w = x.shape[1:3]
    places = coordinate_grid(h, w) + flow
    grid = 2 * places / torch.tensor([w - 1, h - 1]) - 1
    planes = rearrange(x, "b h w c -> b c h w")
    planes = functional.grid_sample(planes, grid, align_corners=True)
    return rearrange(planes, "b c h w -> b h w c")
""",
    whole=Whole(
        "gmflow_refine",
        lambda model, f: replaced("utils.models.gmflow.model.warp", f),
        tolerance=1e-3,
    ),
)

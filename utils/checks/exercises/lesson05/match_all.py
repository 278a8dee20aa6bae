"""Exercise 3: matching is attention."""

from typing import Any

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.install import replaced
from utils.ops import coordinates, match_globally


def reference(feature0: Tensor, feature1: Tensor) -> Tensor:
    return match_globally(feature0, feature1)


def cases() -> list[Case]:
    marks = 50 * torch.eye(12).reshape(1, 3, 4, 12)  # every cell unlike every other
    moved = marks.roll((1, 2), dims=(1, 2))
    return [
        Case("12 cells with a mark each, all moved 2 right and 1 down", (marks, moved)),
        Case("random features (2, 3, 5, 8)", (drawn(2, 3, 5, 8), drawn(2, 3, 5, 8, seed=1))),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "square maps": (drawn(2, 4, 4, 8), drawn(2, 4, 4, 8, seed=1)),
    }


def _flow(feature0, feature1, *, scale=None, softmax=-1, weigh=None):
    h, w, c = feature0.shape[1:]
    places = coordinates((h, w)).flatten(0, 1)
    scores = feature0.flatten(1, 2) @ feature1.flatten(1, 2).mT
    scores = scores * (c**-0.5 if scale is None else scale)
    weights = scores.softmax(softmax) if weigh is None else weigh(scores)
    return (weights @ places - places).unflatten(1, (h, w))


def no_scale(feature0, feature1):
    return _flow(feature0, feature1, scale=1.0)


def scale_without_root(feature0, feature1):
    return _flow(feature0, feature1, scale=1 / feature0.shape[-1])


def softmax_over_frame_0(feature0, feature1):
    return _flow(feature0, feature1, softmax=-2)


def y_before_x(feature0, feature1):
    return reference(feature0, feature1).flip(-1)


def turned_around(feature0, feature1):
    return -reference(feature0, feature1)


def other_direction(feature0, feature1):
    return reference(feature1, feature0)


def own_place_forgotten(feature0, feature1):
    return reference(feature0, feature1) + coordinates(tuple(feature0.shape[1:3]))


def best_alone(feature0, feature1):
    def one_hot(scores):
        return functional.one_hot(scores.argmax(-1), scores.shape[-1]).to(scores.dtype)

    return _flow(feature0, feature1, weigh=one_hot)


def cosine(feature0, feature1):
    return _flow(
        functional.normalize(feature0, dim=-1), functional.normalize(feature1, dim=-1), scale=1.0
    )


def column_by_column(feature0, feature1):
    flow = _flow(feature0, feature1)
    return (
        rearrange(flow, "b h w xy -> b (h w) xy")
        .reshape(len(flow), flow.shape[2], flow.shape[1], 2)
        .transpose(1, 2)
    )


def cosines(feature0, feature1):
    unit0, unit1 = (functional.normalize(x, dim=-1) for x in (feature0, feature1))
    return match_globally(unit0, unit1)


EXERCISE = Exercise(
    name="match_all",
    title="Matching is attention",
    difficulty=3,
    minutes=15,
    why="The heart of GMFlow: the flow is an attention whose values are coordinates. Nothing in it "
    "is learned but the features.",
    reference=reference,
    cases=cases,
    axes="b h w xy",
    gradients=True,
    view="b h w xy -> (b h) (w xy)",
    may_call=("utils.ops.matching.coordinates",),
    easy=easy,
    mistakes=(
        Mistake(
            "no scale",
            "The scores are not divided by √c: the softmax is far too sure of itself, and an "
            "uncertain match no longer looks uncertain.",
            no_scale,
        ),
        Mistake("scale without the root", "You divide by c. It is √c.", scale_without_root),
        Mistake(
            "softmax over the wrong axis",
            "Your weights sum to 1 over the cells of frame 0. Each of them asks where it has gone: "
            "its weights run over the cells of frame 1, the last axis.",
            softmax_over_frame_0,
        ),
        Mistake(
            "flow (y, x)",
            "x and y have changed places: the flow is (x, y), columns first.",
            y_before_x,
        ),
        Mistake(
            "flow turned around",
            "You subtract the new place from the own one: the arrows point to where things came "
            "from. Flow = expected place − own place.",
            turned_around,
        ),
        Mistake(
            "backward for forward",
            "You match frame 1 to frame 0: that is the backward flow. Queries come from frame 0.",
            other_direction,
        ),
        Mistake(
            "own place not subtracted",
            "This is where each cell is found, not how far it has moved: subtract its own place.",
            own_place_forgotten,
        ),
        Mistake(
            "best match instead of the mean",
            "You take the best match alone. GMFlow takes the mean of all places, weighted: that "
            "falls between cells, and has a gradient.",
            best_alone,
        ),
        Mistake(
            "features normalized",
            "You divide the features by their length. GMFlow takes them as they are: a long one "
            "is a sure one. Only √c is divided out.",
            cosine,
        ),
        Mistake(
            "cells read column by column",
            "The tokens run row by row, but you read them back as if they ran down the columns.",
            column_by_column,
        ),
        Mistake(
            "cosines for products",
            "You divide the features by their length before you compare them. "
            "GMFlow compares them as they are: only √c divides.",
            cosines,
        ),
    ),
    hints=(
        "q = feature0, k = feature1, v = the coordinates of frame 1: softmax(q kᵀ / √c) v. One "
        "subtraction turns places into flow.",
        "Flatten h and w to tokens first, (b, h·w, c). coordinate_grid(h, w) flattened in the same "
        "way gives the values, the same for all pictures.",
        "weights = (q @ k.mT / c**0.5).softmax(dim=-1); then weights @ places - places, and back "
        "to (b, h, w, 2).",
    ),
    solution="""
def match_all(feature0, feature1):
    _, h, w, c = feature0.shape
    places = coordinate_grid(h, w).flatten(0, 1)
    q, k = feature0.flatten(1, 2), feature1.flatten(1, 2)
    weights = (q @ k.mT / c**0.5).softmax(dim=-1)
    return (weights @ places - places).unflatten(1, (h, w))
""",
    whole=Whole(
        "gmflow",
        lambda model, f: replaced("utils.models.gmflow.model.match_globally", f),
        tolerance=1e-4,
    ),
)

"""Exercise 4, find the bug: points that drift on wide pictures."""

from typing import Any

import torch
from einops import rearrange
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.models.vit_adapter import DeformableAttention
from utils.ops import reference_points

Sizes = tuple[tuple[int, int], ...]
READ = "b i (heads levels p xy) -> b i heads levels p xy"


def reference(
    layer: DeformableAttention, query: Tensor, query_sizes: Sizes, feature_sizes: Sizes
) -> Tensor:
    return layer.locations(query, query_sizes, feature_sizes)


def cases() -> list[Case]:
    def make(levels: int) -> DeformableAttention:
        return filled(lambda: DeformableAttention(6, num_heads=3, levels=levels, points=2))

    square, wide = ((4, 4), (2, 2)), ((4, 12), (2, 6), (1, 3))
    return [
        Case(
            "a 2×2 map asks square maps of 4×4 and 2×2",
            (make(2), drawn(1, 4, 6), ((2, 2),), square),
        ),
        Case("two 2×6 maps ask 4×12, 2×6 and 1×3", (make(3), drawn(2, 12, 6), ((2, 6),), wide)),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "square maps": (
            filled(lambda: DeformableAttention(6, num_heads=3, levels=2, points=2)),
            drawn(1, 4, 6),
            ((2, 2),),
            ((4, 4), (2, 2)),
        ),
    }


def _places(
    layer, query, query_sizes, feature_sizes, *, read=READ, divide=lambda h, w: (w, h), own=None
):
    sizes = {"heads": layer.num_heads, "levels": len(feature_sizes), "xy": 2}
    offsets = rearrange(layer.offsets(query), read, **sizes)
    cells = torch.tensor([divide(h, w) for h, w in feature_sizes])[:, None]
    own = reference_points(query_sizes) if own is None else own
    return own[:, None, None, None] + offsets / cells


def as_found(layer, query, query_sizes, feature_sizes):
    return _places(layer, query, query_sizes, feature_sizes, divide=lambda h, w: (h, w))


def not_divided(layer, query, query_sizes, feature_sizes):
    return _places(layer, query, query_sizes, feature_sizes, divide=lambda h, w: (1, 1))


def divided_by_the_query_map(layer, query, query_sizes, feature_sizes):
    h, w = query_sizes[0]
    return _places(layer, query, query_sizes, feature_sizes, divide=lambda *other: (w, h))


def divided_by_the_finest(layer, query, query_sizes, feature_sizes):
    h, w = feature_sizes[0]
    return _places(layer, query, query_sizes, feature_sizes, divide=lambda *other: (w, h))


def points_in_cells(layer, query, query_sizes, feature_sizes):
    own = reference_points(query_sizes) * torch.tensor(query_sizes[0]).flip(0)
    return _places(layer, query, query_sizes, feature_sizes, own=own)


def offsets_alone(layer, query, query_sizes, feature_sizes):
    own = torch.zeros(query.shape[1], 2)
    return _places(layer, query, query_sizes, feature_sizes, own=own)


def levels_outermost(layer, query, query_sizes, feature_sizes):
    read = "b i (levels heads p xy) -> b i heads levels p xy"
    return _places(layer, query, query_sizes, feature_sizes, read=read)


def y_before_x(layer, query, query_sizes, feature_sizes):
    return reference(layer, query, query_sizes, feature_sizes).flip(-1)


def subtracted(layer, query, query_sizes, feature_sizes):
    own = reference_points(query_sizes)[:, None, None, None]
    return 2 * own - reference(layer, query, query_sizes, feature_sizes)


EXERCISE = Exercise(
    name="sampling_places",
    title="Find the bug: points that drift on wide pictures",
    difficulty=3,
    minutes=15,
    why="The first public release of Deformable DETR had this bug (its thread number 6): no shape "
    "shows it, no square picture shows it, and it trains.",
    reference=reference,
    cases=cases,
    axes="b i heads levels points xy",
    gradients=True,
    view="b i heads levels points xy -> (b i heads) (levels points xy)",
    may_call=("utils.ops.deformable.reference_points",),
    easy=easy,
    mistakes=(
        Mistake(
            "the bug as it was found",
            "You divide by (h, w), but offsets are (x, y): x by the width, y by the height. On "
            "square maps nobody notices; on wide ones the points drift.",
            as_found,
        ),
        Mistake(
            "offsets not divided by the level's size",
            "Offsets count cells of the map that is read; places run from 0 to 1. An offset of 1 "
            "now jumps over the whole picture: divide by (w, h) of each level.",
            not_divided,
        ),
        Mistake(
            "divided by the query's map",
            "You divide by the size of the map that asks. Offsets count cells of the map that is "
            "read, another one for each level.",
            divided_by_the_query_map,
        ),
        Mistake(
            "one size for all levels",
            "You divide by the finest map's size at all levels. Each level has its own.",
            divided_by_the_finest,
        ),
        Mistake(
            "reference points not normalized",
            "The query's own place is in cells. It must lie between 0 and 1.",
            points_in_cells,
        ),
        Mistake(
            "own place forgotten",
            "You use the offsets alone. They start from the query's own place.",
            offsets_alone,
        ),
        Mistake(
            "levels before heads",
            "You read the channels as (levels, heads, points, xy). They are (heads, levels, "
            "points, xy).",
            levels_outermost,
        ),
        Mistake("points (y, x)", "Places are (x, y): the column first.", y_before_x),
        Mistake("offsets subtracted", "You subtract the offsets. Add them.", subtracted),
    ),
    hints=(
        "Try the function on square maps, then on wide ones. What is divided by what?",
        "Offsets and places are (x, y). Sizes are (h, w). Which number belongs to x?",
        "cells = torch.tensor([(w, h) for h, w in feature_sizes]); offsets / cells[:, None] lines "
        "up levels and xy, with the points between them.",
    ),
    solution="""
def sampling_places(layer, query, query_sizes, feature_sizes):
    pattern = "b i (heads levels p xy) -> b i heads levels p xy"
    sizes = {"heads": layer.num_heads, "levels": len(feature_sizes), "xy": 2}
    offsets = rearrange(layer.offsets(query), pattern, **sizes)
    cells = torch.tensor([(w, h) for h, w in feature_sizes])
    own = torch.cat([cell_centers(*size) for size in query_sizes])
    return own[:, None, None, None] + offsets / cells[:, None]
""",
    whole=Whole(
        "vit_adapter_t",
        lambda model, f: methods_replaced(model, DeformableAttention, "locations", f),
    ),
)

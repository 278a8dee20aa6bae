"""Exercise 7: deformable attention, the reading itself."""

from typing import Any

import torch
from einops import rearrange, reduce
from torch import Tensor
from torch.nn import functional

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn, numbered
from utils.checks.install import replaced
from utils.ops import deformable_attention

Sizes = tuple[tuple[int, int], ...]


def reference(values: Tensor, sizes: Sizes, locations: Tensor, weights: Tensor) -> Tensor:
    return deformable_attention(values, sizes=sizes, locations=locations, weights=weights)


def cases() -> list[Case]:
    first = torch.tensor([[0.5, 0.5], [0.125, 0.75], [0.9, 0.4]]).reshape(1, 3, 1, 1, 1, 2)
    once = torch.ones(1, 3, 1, 1, 1)
    sizes = ((4, 6), (2, 3), (1, 2))
    places = 0.5 + 0.4 * drawn(2, 3, 2, 3, 2, 2, seed=1)  # a few lie outside
    weights = drawn(2, 3, 2, 6, seed=2).softmax(-1).reshape(2, 3, 2, 3, 2)
    return [
        Case("a numbered 2×4 map, one point", (numbered(1, 8, 1, 1), ((2, 4),), first, once)),
        Case("3 queries, 2 heads, 3 maps, 2 points", (drawn(2, 32, 2, 4), sizes, places, weights)),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "one map": (
            drawn(2, 8, 2, 3),
            ((2, 4),),
            0.5 + 0.3 * drawn(2, 3, 2, 1, 2, 2, seed=1),
            torch.rand(2, 3, 2, 1, 2, generator=torch.Generator().manual_seed(1)),
        ),
        "one head": (
            drawn(2, 8, 1, 3),
            ((2, 4),),
            0.5 + 0.3 * drawn(2, 3, 1, 1, 2, 2, seed=1),
            torch.rand(2, 3, 1, 1, 2, generator=torch.Generator().manual_seed(1)),
        ),
    }


def _read(values, sizes, locations, weights, *, order=1, grid=lambda places: 2 * places - 1, **how):
    parts = values.split([h * w for h, w in sizes][::order], dim=1)[::order]
    out = 0
    for level, ((h, w), part) in enumerate(zip(sizes, parts, strict=True)):
        planes = rearrange(part, "b (h w) heads d -> (b heads) d h w", h=h, w=w)
        places = rearrange(grid(locations[:, :, :, level]), "b i heads p xy -> (b heads) i p xy")
        read = functional.grid_sample(planes, places, **{"align_corners": False} | how)
        read = rearrange(read, "(b heads) d i p -> b i heads p d", b=len(values))
        out = out + reduce(
            weights[:, :, :, level, :, None] * read, "b i heads p d -> b i heads d", "sum"
        )
    return out


def grid_not_moved(values, sizes, locations, weights):
    return _read(values, sizes, locations, weights, grid=lambda places: places)


def corners_aligned(values, sizes, locations, weights):
    return _read(values, sizes, locations, weights, align_corners=True)


def coarsest_first(values, sizes, locations, weights):
    return _read(values, sizes, locations, weights, order=-1)


def y_before_x(values, sizes, locations, weights):
    return _read(values, sizes, locations.flip(-1), weights)


def weights_forgotten(values, sizes, locations, weights):
    return _read(values, sizes, locations, torch.ones_like(weights))


def mean_for_sum(values, sizes, locations, weights):
    count = weights.shape[3] * weights.shape[4]
    return _read(values, sizes, locations, weights) / count


def normalized_per_level(values, sizes, locations, weights):
    return _read(values, sizes, locations, weights / weights.sum(-1, keepdim=True))


def softmax_twice(values, sizes, locations, weights):
    again = weights.flatten(3).softmax(-1).reshape(weights.shape)
    return _read(values, sizes, locations, again)


def border_repeated(values, sizes, locations, weights):
    return _read(values, sizes, locations, weights, padding_mode="border")


def nearest(values, sizes, locations, weights):
    return _read(values, sizes, locations, weights, mode="nearest")


def heads_mixed(values, sizes, locations, weights):
    return _read(values.flip(2), sizes, locations, weights)


EXERCISE = Exercise(
    name="read_points",
    title="Deformable attention in plain PyTorch",
    difficulty=5,
    minutes=30,
    why="The published operator is a CUDA extension that many could not compile. These few lines "
    "are the same sum.",
    reference=reference,
    cases=cases,
    axes="b i heads d",
    gradients=True,
    view="b i heads d -> (b i heads) d",
    easy=easy,
    mistakes=(
        Mistake(
            "places not moved to −1 … 1",
            "You hand places from 0 to 1 to grid_sample. It wants −1 to 1: 2 · place − 1.",
            grid_not_moved,
        ),
        Mistake(
            "align_corners",
            "0 and 1 are the outer edges of the map: that is align_corners=False.",
            corners_aligned,
        ),
        Mistake(
            "levels split in the wrong order",
            "You begin with the coarsest map. The finest comes first, as in `sizes`.",
            coarsest_first,
        ),
        Mistake("points (y, x)", "Places are (x, y), as grid_sample wants them.", y_before_x),
        Mistake(
            "weights forgotten",
            "All points count the same. Multiply each by its weight.",
            weights_forgotten,
        ),
        Mistake(
            "mean for sum",
            "You take the mean. The weights already sum to 1 over all levels and points.",
            mean_for_sum,
        ),
        Mistake(
            "normalized per level",
            "You make the weights of each level sum to 1. They do so over all levels together: a "
            "query may care for one level alone.",
            normalized_per_level,
        ),
        Mistake(
            "softmax twice",
            "The weights have been through a softmax already: the second makes them alike.",
            softmax_twice,
        ),
        Mistake(
            "border repeated",
            "Outside the map you repeat its border. There are zeros outside.",
            border_repeated,
        ),
        Mistake("nearest cell", "Read between the cells: bilinear.", nearest),
        Mistake("heads mixed", "Each head reads its own channels.", heads_mixed),
    ),
    hints=(
        "Level by level: its values as a map, its points read from it, times their weights, summed "
        "over the points; then summed over the levels.",
        "grid_sample wants planes (b · heads, d, h, w) and a grid (b · heads, i, points, 2), −1 "
        "to 1, edges at the edges (align_corners=False).",
        "read = functional.grid_sample(planes, grid, align_corners=False) is (b · heads, d, i, "
        "points): times the weights as (b · heads, 1, i, points), then sum(-1).",
    ),
    solution="""
def read_points(values, sizes, locations, weights):
    out, start = 0, 0
    for level, (h, w) in enumerate(sizes):
        part, start = values[:, start : start + h * w], start + h * w
        planes = rearrange(part, "b (h w) heads d -> (b heads) d h w", h=h)
        grid = rearrange(2 * locations[:, :, :, level] - 1, "b i k p xy -> (b k) i p xy")
        read = functional.grid_sample(planes, grid, align_corners=False)
        share = rearrange(weights[:, :, :, level], "b i heads p -> (b heads) 1 i p")
        out = out + (read * share).sum(dim=-1)
    return rearrange(out, "(b heads) d i -> b i heads d", b=len(values))
""",
    whole=Whole(
        "vit_adapter_t",
        lambda model, f: replaced(
            "utils.models.vit_adapter.attentions.deformable_attention",
            lambda values, *, sizes, locations, weights: f(values, sizes, locations, weights),
        ),
    ),
)

"""Exercise 7: all-with-all attention as deformable attention."""

from typing import Any

import torch
from einops import rearrange
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake
from utils.checks.exercises.inputs import drawn
from utils.ops import reference_points

Size = tuple[int, int]


def _points(q: Tensor, k: Tensor, size: Size) -> tuple[Tensor, Tensor]:
    b, heads, n, d = q.shape
    centers = reference_points((size,), dtype=q.dtype)
    weights = (q @ k.mT * d**-0.5).softmax(-1)
    return centers.expand(b, n, heads, n, 2), rearrange(weights, "b heads i p -> b i heads p")


def _joined(places: Tensor, weights: Tensor) -> Tensor:
    return torch.cat([places, weights[..., None]], dim=-1)


def reference(q: Tensor, k: Tensor, size: Size) -> Tensor:
    return _joined(*_points(q, k, size))


def cases() -> list[Case]:
    return [
        Case("a 2×3 map, 2 heads", (drawn(1, 2, 6, 4), drawn(1, 2, 6, 4, seed=1), (2, 3))),
        Case("two 4×2 maps, 3 heads", (drawn(2, 3, 8, 5), drawn(2, 3, 8, 5, seed=1), (4, 2))),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "square maps": (drawn(1, 2, 9, 4), drawn(1, 2, 9, 4, seed=1), (3, 3)),
        "one head": (drawn(2, 1, 6, 4), drawn(2, 1, 6, 4, seed=1), (2, 3)),
    }


def row_before_column(q, k, size):
    places, weights = _points(q, k, size)
    return _joined(places.flip(-1), weights)


def corners_for_middles(q, k, size):
    places, weights = _points(q, k, size)
    return _joined(places - torch.tensor([0.5 / size[1], 0.5 / size[0]]), weights)


def in_cells(q, k, size):
    places, weights = _points(q, k, size)
    return _joined(places * torch.tensor([size[1], size[0]]), weights)


def softmax_over_queries(q, k, size):
    places, _ = _points(q, k, size)
    weights = (q @ k.mT * q.shape[-1] ** -0.5).softmax(-2)
    return _joined(places, rearrange(weights, "b heads i p -> b i heads p"))


def scale_forgotten(q, k, size):
    return reference(q * q.shape[-1] ** 0.5, k, size)


def queries_and_keys_turned(q, k, size):
    return reference(k, q, size)


def ends_to_ends(q, k, size):
    _, weights = _points(q, k, size)
    y, x = (torch.linspace(0, 1, side) for side in size)
    grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1).reshape(-1, 2)
    return _joined(grid.expand(*weights.shape, 2), weights)


EXERCISE = Exercise(
    name="as_sampling",
    title="Everything as points",
    difficulty=4,
    minutes=15,
    why="Deformable attention looks like something else. Give it all places as points, and it is "
    "attention: what it saves is keys.",
    reference=reference,
    cases=cases,
    axes="b i heads points number",
    gradients=True,
    view="b i heads points number -> (b i heads) (points number)",
    easy=easy,
    mistakes=(
        Mistake(
            "row before column",
            "Locations are (x, y): the column first.",
            row_before_column,
        ),
        Mistake(
            "corners for middles",
            "These are the upper left corners of the cells. Between four cells each gives a "
            "quarter: "
            "add half a cell.",
            corners_for_middles,
        ),
        Mistake(
            "in cells",
            "Locations lie in [0, 1] between the outer edges of the map: divide by w and h.",
            in_cells,
        ),
        Mistake(
            "softmax over the queries",
            "The weights of one query sum to 1: the softmax runs over the keys.",
            softmax_over_queries,
        ),
        Mistake("scale forgotten", "The scores are divided by √d.", scale_forgotten),
        Mistake(
            "queries and keys turned",
            "Queries and keys have changed places.",
            queries_and_keys_turned,
        ),
        Mistake(
            "from end to end",
            "You put 0 and 1 on the middles of the outer cells. Here they are the map's outer "
            "edges.",
            ends_to_ends,
        ),
    ),
    hints=(
        "Every query gets the same n locations: the middles of all cells, row by row.",
        "The middle of the cell in row r, column c is ((c + 0.5) / w, (r + 0.5) / h). The weights "
        "are those of ordinary attention.",
        "places.expand(b, n, heads, n, 2), and the weights (b, heads, i, j) rearranged to "
        "(b, i, heads, j, 1): torch.cat along the last axis.",
    ),
    solution="""
def as_sampling(q, k, size):
    b, heads, n, d = q.shape
    h, w = size
    x = ((torch.arange(w) + 0.5) / w).expand(h, w)
    y = ((torch.arange(h) + 0.5) / h)[:, None].expand(h, w)
    places = torch.stack([x, y], dim=-1).reshape(n, 2)
    weights = (q @ k.mT / d**0.5).softmax(dim=-1)
    weights = rearrange(weights, "b heads i j -> b i heads j 1")
    return torch.cat([places.expand(b, n, heads, n, 2), weights], dim=-1)
""",
)

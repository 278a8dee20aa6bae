"""Exercise 6: which cell can know of which."""

from typing import Any

import torch
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake
from utils.ops import partition_windows

Size = tuple[int, int]


def _step(seen: Tensor, size: Size, window_size: Size, kind: str) -> Tensor:
    """Let the cells of each group tell each other what they have seen."""
    cells = torch.arange(size[0] * size[1]).reshape(1, *size, 1)
    groups = partition_windows(cells, window_size=window_size, kind=kind)  # type: ignore[arg-type]
    after = torch.zeros_like(seen)
    for group in groups.reshape(-1, window_size[0] * window_size[1]):
        after[group] = seen[group].any(dim=0)
    return after


def reference(size: Size, window_size: Size, kinds: tuple[str, ...]) -> Tensor:
    seen = torch.eye(size[0] * size[1], dtype=torch.bool)
    for kind in kinds:
        seen = _step(seen, size, window_size, kind)
    return seen


def cases() -> list[Case]:
    def case(size: Size, window_size: Size, *kinds: str) -> Case:
        (h, w), (wh, ww) = size, window_size
        text = f"a {h}×{w} map, groups of {wh}×{ww}, kinds {', '.join(kinds)}"
        return Case(text, (size, window_size, kinds))

    return [
        case((2, 6), (2, 3), "window"),
        case((2, 6), (2, 3), "grid"),
        case((1, 10), (1, 2), "window", "grid"),
        case((4, 6), (2, 3), "window", "grid"),
        case((1, 9), (1, 3), "grid", "window"),
        case((6, 4), (2, 2), "window", "grid", "window"),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "a square map in square windows": ((4, 4), (2, 2), ("window", "grid")),
        "one attention alone": ((4, 6), (2, 3), ("window",)),
    }


def last_alone(size, window_size, kinds):
    return reference(size, window_size, kinds[-1:])


def first_alone(size, window_size, kinds):
    return reference(size, window_size, kinds[:1])


def union(size, window_size, kinds):
    seen = torch.zeros(size[0] * size[1], size[0] * size[1], dtype=torch.bool)
    for kind in kinds:
        seen |= reference(size, window_size, (kind,))
    return seen


def everything(size, window_size, kinds):
    if len(kinds) == 1:
        return reference(size, window_size, kinds)
    return torch.ones(size[0] * size[1], size[0] * size[1], dtype=torch.bool)


def backwards(size, window_size, kinds):
    return reference(size, window_size, kinds).T.clone()


def windows_alone(size, window_size, kinds):
    return reference(size, window_size, ("window",) * len(kinds))


def kinds_swapped(size, window_size, kinds):
    other = {"window": "grid", "grid": "window"}
    return reference(size, window_size, tuple(other[kind] for kind in kinds))


EXERCISE = Exercise(
    name="reach",
    title="Who can know of whom",
    difficulty=3,
    minutes=15,
    why='"Global" is a word; this is the count. At the published size one block of MaxViT does not '
    "quite join everything, and now you can show it.",
    reference=reference,
    cases=cases,
    axes="i j",
    view="i j -> i j",
    may_call=("utils.ops.windows",),
    easy=easy,
    mistakes=(
        Mistake(
            "the last kind alone",
            "You start anew with every kind. What a cell has learned in the first attention, it "
            "passes on in the second.",
            last_alone,
        ),
        Mistake("the first kind alone", "Only the first of the kinds is used.", first_alone),
        Mistake(
            "added up, not passed on",
            "You add up who shares a group. But i also learns what its partners had learned before "
            "from others: follow two steps, i to k and k to j.",
            union,
        ),
        Mistake(
            "everything after two",
            "Two kinds do not always join all: a grid group has one cell for each of its places, "
            "and where there are more windows than that, some are never met.",
            everything,
        ),
        Mistake(
            "i and j swapped",
            "Row i says what cell i knows. You have the table of who knows of i; after two "
            "different kinds these are not the same.",
            backwards,
        ),
        Mistake("windows alone", "The kind is ignored: all groups are windows.", windows_alone),
        Mistake("grid for block", "You take the grid for the window and back.", kinds_swapped),
    ),
    hints=(
        "Begin with the identity: each cell knows itself. What does one attention do to the rows "
        "of all cells in one group?",
        "Cut torch.arange(h · w) as a map (1, h, w, 1) with partition_windows(..., kind=kind): "
        "that gives the numbers of the cells in each group.",
        "For each group: seen[group] = seen[group].any(dim=0), all members then know the same. "
        "Do so for each kind in turn.",
    ),
    solution="""
def reach(size, window_size, kinds):
    (h, w), (wh, ww) = size, window_size
    cells = torch.arange(h * w).reshape(1, h, w, 1)
    seen = torch.eye(h * w, dtype=torch.bool)
    for kind in kinds:
        groups = partition_windows(cells, window_size=window_size, kind=kind)
        for group in groups.reshape(-1, wh * ww):
            seen[group] = seen[group].any(dim=0)
    return seen
""",
)

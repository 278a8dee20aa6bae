"""Exercise 3: how far word travels through layers of groups."""

from typing import Any

import torch
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake
from utils.ops import merge_windows, partition_windows

Place = tuple[int, int]


def reference(layers: list[Tensor], place: Place) -> Tensor:
    reached = torch.zeros_like(layers[0], dtype=torch.bool)
    reached[place] = True
    for number in reversed(layers):
        reached = torch.isin(number, number[reached])
    return reached


def _groups(side: int, window_size: Place, *, grid: bool = False) -> Tensor:
    """The number of every cell's group on a square map."""
    kind = "grid" if grid else "window"
    cells = torch.zeros(1, side, side, 1, dtype=torch.long)
    cut = partition_windows(cells, window_size=window_size, kind=kind)  # type: ignore[arg-type]
    number = torch.arange(cut[0, :, :, 0].numel()).reshape(1, *cut.shape[1:3], 1, 1)
    return merge_windows(cut + number, window_size=window_size, kind=kind)[0, :, :, 0]  # type: ignore[arg-type]


def cases() -> list[Case]:
    window, grid = _groups(12, (3, 3)), _groups(12, (3, 3), grid=True)
    rows, shifted = _groups(12, (1, 12)), _groups(15, (3, 3))[2:14, 2:14]
    return [
        Case("windows, then the grid", ([window, grid], (7, 4))),
        Case("the grid, then windows", ([grid, window], (7, 4))),
        Case("windows, shifted windows, rows", ([window, shifted, rows], (0, 10))),
        Case("one layer", ([shifted], (11, 0))),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "one layer alone": ([torch.arange(24).reshape(4, 6) // 5], (1, 2)),
    }


def from_the_first_layer_on(layers, place):
    return reference(layers[::-1], place)


def last_layer_alone(layers, place):
    return layers[-1] == layers[-1][place]


def only_the_places_own_groups(layers, place):
    return torch.stack([number == number[place] for number in layers]).any(0)


def in_all_groups(layers, place):
    return torch.stack([number == number[place] for number in layers]).all(0)


def place_turned(layers, place):
    return reference(layers, place[::-1])


def everything_counted(layers, place):
    return reference(layers, place) | True


EXERCISE = Exercise(
    name="travel",
    title="How far does word travel?",
    difficulty=2,
    minutes=10,
    why="A layer's reach is not the network's, and the order of layers matters: this says what a "
    "network can know before it is trained.",
    reference=reference,
    cases=cases,
    axes="h w",
    view="h w -> h w",
    easy=easy,
    mistakes=(
        Mistake(
            "from the first layer on",
            "You go through the layers forward. The question starts at the *output* of the last "
            "layer: go back from there.",
            from_the_first_layer_on,
        ),
        Mistake(
            "last layer alone",
            "You stop after one layer. Those who were heard have heard others before.",
            last_layer_alone,
        ),
        Mistake(
            "only its own groups",
            "You join the groups in which the place itself stands. Each layer goes on from "
            "*everybody* reached so far.",
            only_the_places_own_groups,
        ),
        Mistake(
            "in all groups at once",
            "You keep only cells that share every group with the place. One shared group after the "
            "other is enough.",
            in_all_groups,
        ),
        Mistake("place turned", "The place is (row, column).", place_turned),
        Mistake("everything", "You marked every cell, whatever the groups.", everything_counted),
    ),
    hints=(
        "After the last layer the place knows its group in that layer. What did each of *them* "
        "know before?",
        "Keep a Boolean map of who is reached; start with the place alone; go through the layers "
        "from the last to the first.",
        "reached = torch.isin(number, number[reached]) is one layer.",
    ),
    solution="""
def travel(layers, place):
    reached = torch.zeros_like(layers[0], dtype=torch.bool)
    reached[place] = True
    for number in reversed(layers):
        reached = torch.isin(number, number[reached])
    return reached
""",
)

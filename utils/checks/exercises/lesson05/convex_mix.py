"""Exercise 6: convex upsampling."""

from typing import Any

import torch
from einops import einsum, rearrange
from torch import Tensor
from torch.nn import functional

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn, numbered
from utils.checks.install import replaced
from utils.ops import convex_upsample


def reference(flow: Tensor, logits: Tensor, factor: int) -> Tensor:
    return convex_upsample(flow, logits, factor=factor)


def cases() -> list[Case]:
    middle = torch.zeros(1, 2, 3, 9, 4)
    middle[:, :, :, 4] = 100.0  # every fine pixel takes its own coarse cell
    return [
        Case(
            "a numbered 2×3 flow, all weight on the own cell, factor 2",
            (numbered(1, 2, 3, 2), middle.flatten(3), 2),
        ),
        Case(
            "a random flow (2, 3, 2, 2), random logits, factor 3",
            (drawn(2, 3, 2, 2), drawn(2, 3, 2, 81, seed=1), 3),
        ),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "square maps": (drawn(1, 3, 3, 2), drawn(1, 3, 3, 36, seed=1), 2),
    }


READ = "b h w (n ky kx) -> b h w n ky kx"


def _mix(flow, logits, factor, *, read=READ, weigh=None, pad="constant", by=None, cells="(ny nx)"):
    sizes = {"n": 9, "ky": factor, "kx": factor}
    weights = rearrange(logits, read, **sizes)
    weights = weights.softmax(dim=3) if weigh is None else weigh(weights)
    planes = rearrange(flow, "b h w xy -> b xy h w")
    planes = functional.pad(planes, (1, 1, 1, 1), mode=pad)
    around = planes.unfold(2, 3, 1).unfold(3, 3, 1)
    around = rearrange(around, f"b xy h w ny nx -> b h w xy {cells}")
    fine = einsum(weights, around, "b h w n ky kx, b h w xy n -> b h ky w kx xy")
    by = factor if by is None else by
    return by * rearrange(fine, "b h ky w kx xy -> b (h ky) (w kx) xy")


def not_normalized(flow, logits, factor):
    return _mix(flow, logits, factor, weigh=lambda weights: weights)


def sigmoid(flow, logits, factor):
    return _mix(flow, logits, factor, weigh=torch.sigmoid)


def softmax_over_pixels(flow, logits, factor):
    return _mix(flow, logits, factor, weigh=lambda x: x.flatten(4).softmax(-1).reshape(x.shape))


def softmax_over_all(flow, logits, factor):
    return _mix(flow, logits, factor, weigh=lambda x: x.flatten(3).softmax(-1).reshape(x.shape))


def numbers_left_alone(flow, logits, factor):
    return _mix(flow, logits, factor, by=1)


def cells_innermost(flow, logits, factor):
    return _mix(flow, logits, factor, read="b h w (ky kx n) -> b h w n ky kx")


def rows_and_columns_swapped(flow, logits, factor):
    return _mix(flow, logits, factor, read="b h w (n kx ky) -> b h w n ky kx")


def neighbors_by_columns(flow, logits, factor):
    return _mix(flow, logits, factor, cells="(nx ny)")


def border_repeated(flow, logits, factor):
    return _mix(flow, logits, factor, pad="replicate")


def no_permute(flow, logits, factor):
    fine = _mix(flow, logits, factor)
    b, h, w = flow.shape[:3]
    cut = rearrange(fine, "b (h ky) (w kx) xy -> b h w ky kx xy", h=h, w=w)
    return cut.reshape(b, h * factor, w * factor, 2)


EXERCISE = Exercise(
    name="convex_mix",
    title="Convex upsampling",
    difficulty=4,
    minutes=20,
    why="The edge of a moving thing must not blur. Each fine pixel chooses, by learned weights, "
    "which of nine coarse flows it belongs to.",
    reference=reference,
    cases=cases,
    axes="b h w xy",
    gradients=True,
    view="b h w xy -> (b h) (w xy)",
    easy=easy,
    mistakes=(
        Mistake(
            "weights not normalized",
            "You use the logits as weights. A mean wants weights that are positive and sum to 1: "
            "a softmax over the nine cells. Without it a still picture begins to move.",
            not_normalized,
        ),
        Mistake(
            "sigmoid for softmax",
            "Each weight lies between 0 and 1, but the nine do not sum to 1.",
            sigmoid,
        ),
        Mistake(
            "softmax over the fine pixels",
            "Your weights sum to 1 over the pixels of a cell: they compete for the flow. Each "
            "pixel has nine weights of its own: softmax over the nine.",
            softmax_over_pixels,
        ),
        Mistake(
            "softmax over all channels",
            "One softmax runs over all 9 · factor² channels. Each fine pixel has its own nine.",
            softmax_over_all,
        ),
        Mistake(
            "numbers not multiplied",
            "The flow still counts coarse cells. On the fine map it is `factor` times as long.",
            numbers_left_alone,
        ),
        Mistake(
            "cells innermost",
            "You read the channels as (pixel, cell). They are (cell, fine row, fine column).",
            cells_innermost,
        ),
        Mistake(
            "fine rows and columns swapped",
            "The channels are (cell, fine row, fine column): the column is innermost.",
            rows_and_columns_swapped,
        ),
        Mistake(
            "neighbors column by column",
            "You number the nine neighbors down the columns. They run row by row.",
            neighbors_by_columns,
        ),
        Mistake(
            "border repeated",
            "Around the map you repeat the border. In the published model there are zeros.",
            border_repeated,
        ),
        Mistake(
            "no permute",
            "The fine pixels of one cell end up in a row: bring the axes to (h ky) (w kx) first.",
            no_permute,
        ),
    ),
    hints=(
        "Three parts: nine weights for every fine pixel, nine neighbors for every coarse cell, and "
        "a sum over the nine. Name all axes before you write.",
        "'b h w (n ky kx) -> b h w n ky kx' and a softmax over n. functional.unfold(planes, 3, "
        "padding=1) gives the 3×3 neighbors, as (xy n) row by row.",
        "fine = torch.einsum('bhwnyx,bhwcn->bhywxc', weights, neighbors), then "
        "'b h ky w kx xy -> b (h ky) (w kx) xy', times factor.",
    ),
    solution="""
def convex_mix(flow, logits, factor):
    pattern = "b h w (n ky kx) -> b h w n ky kx"
    weights = rearrange(logits, pattern, n=9, ky=factor, kx=factor).softmax(dim=3)
    planes = rearrange(flow, "b h w xy -> b xy h w")
    around = functional.unfold(planes, 3, padding=1)
    around = rearrange(around, "b (xy n) (h w) -> b h w xy n", n=9, h=flow.shape[1])
    fine = torch.einsum("bhwnyx,bhwcn->bhywxc", weights, around)
    return factor * rearrange(fine, "b h ky w kx xy -> b (h ky) (w kx) xy")
""",
    whole=Whole(
        "gmflow",
        lambda model, f: replaced(
            "utils.models.gmflow.upsampler.convex_upsample",
            lambda flow, logits, *, factor: f(flow, logits, factor),
        ),
        tolerance=1e-4,
    ),
)

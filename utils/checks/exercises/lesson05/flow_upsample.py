"""Exercise 2: a flow for a larger map."""

from typing import Any

from einops import rearrange
from torch import Tensor
from torch.nn import functional

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn, numbered
from utils.checks.install import replaced
from utils.ops import upsample_flow


def reference(flow: Tensor, factor: int) -> Tensor:
    return upsample_flow(flow, factor=factor)


def cases() -> list[Case]:
    return [
        Case("a numbered 2×3 flow, factor 2", (numbered(1, 2, 3, 2), 2)),
        Case("a random batch (2, 4, 3, 2), factor 4", (drawn(2, 4, 3, 2), 4)),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "square maps": (drawn(2, 3, 3, 2), 3),
    }


def _resized(flow, factor, *, by, **how):
    planes = rearrange(flow, "b h w xy -> b xy h w")
    planes = functional.interpolate(planes, scale_factor=factor, **how)
    return by * rearrange(planes, "b xy h w -> b h w xy")


def numbers_left_alone(flow, factor):
    return _resized(flow, factor, by=1, mode="bilinear", align_corners=True)


def corners_not_aligned(flow, factor):
    return _resized(flow, factor, by=factor, mode="bilinear", align_corners=False)


def nearest(flow, factor):
    return _resized(flow, factor, by=factor)


def divided(flow, factor):
    return _resized(flow, factor, by=1 / factor, mode="bilinear", align_corners=True)


def by_the_area(flow, factor):
    return _resized(flow, factor, by=factor**2, mode="bilinear", align_corners=True)


def no_permute(flow, factor):
    b, h, w, _ = flow.shape
    planes = functional.interpolate(
        flow.reshape(b, 2, h, w), scale_factor=factor, mode="bilinear", align_corners=True
    )
    return factor * planes.reshape(b, factor * h, factor * w, 2)


EXERCISE = Exercise(
    name="flow_upsample",
    title="A flow for a larger map",
    difficulty=2,
    minutes=10,
    why="A flow is not a picture: when the map grows, its numbers grow, too. The refined GMFlow "
    "takes its coarse flow to the finer map in just this way.",
    reference=reference,
    cases=cases,
    axes="b h w xy",
    gradients=True,
    view="b h w xy -> (b h) (w xy)",
    easy=easy,
    mistakes=(
        Mistake(
            "numbers not multiplied",
            "The map has grown, the numbers have not. They count cells, and the cells are now "
            "`factor` times as small: multiply.",
            numbers_left_alone,
        ),
        Mistake(
            "align_corners",
            "Your corners do not fall on the corners: that is align_corners=False. The published "
            "weights were trained with True.",
            corners_not_aligned,
        ),
        Mistake("nearest", "You repeat cells. The published model interpolates.", nearest),
        Mistake(
            "divided instead of multiplied",
            "You divide. One coarse cell is `factor` fine cells: a step of 1 becomes `factor`.",
            divided,
        ),
        Mistake(
            "multiplied by the area",
            "You multiply by factor². A flow is a length, not an area.",
            by_the_area,
        ),
        Mistake(
            "no permute",
            "functional.interpolate wants (b, channels, h, w). A reshape gives that shape and "
            "mixes x with y: move the axis.",
            no_permute,
        ),
    ),
    hints=(
        "functional.interpolate makes maps larger. What must happen to the numbers in the map?",
        "It wants (b, 2, h, w): rearrange there and back. mode='bilinear', and the corners of both "
        "maps fall on each other.",
        "factor * interpolate(planes, scale_factor=factor, mode='bilinear', align_corners=True)",
    ),
    solution="""
def flow_upsample(flow, factor):
    planes = rearrange(flow, "b h w xy -> b xy h w")
    planes = functional.interpolate(
        planes, scale_factor=factor, mode="bilinear", align_corners=True
    )
    return factor * rearrange(planes, "b xy h w -> b h w xy")
""",
    whole=Whole(
        "gmflow_refine",
        lambda model, f: replaced(
            "utils.models.gmflow.model.upsample_flow", lambda flow, *, factor: f(flow, factor)
        ),
        tolerance=1e-3,
    ),
)

"""Exercise 4: what goes past an MBConv that halves the map."""

from typing import Any

from einops import rearrange, reduce
from torch import Tensor
from torch.nn import functional

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn, numbered
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.models.maxvit import Shortcut


def reference(layer: Shortcut, x: Tensor) -> Tensor:
    return layer(x)


def cases() -> list[Case]:
    wider = filled(lambda: Shortcut(3, 5))
    same = filled(lambda: Shortcut(2, 2))
    return [
        Case("a numbered 4×6 map, as wide as before", (same, numbered(1, 4, 6, 2))),
        Case("a random batch (2, 6, 4, 3), 5 channels wanted", (wider, drawn(2, 6, 4, 3))),
        Case("a numbered map with odd sides, 5×3", (same, numbered(1, 5, 3, 2))),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "even sides": (filled(lambda: Shortcut(3, 5)), drawn(2, 6, 4, 3, seed=2)),
    }


def _planes(x):
    return rearrange(x, "b h w c -> b c h w")


def _map(planes):
    return rearrange(planes, "b c h w -> b h w c")


def every_second(layer, x):
    return layer.projection(x[:, ::2, ::2])


def maximum(layer, x):
    return layer.projection(_map(functional.max_pool2d(_planes(x), 2, ceil_mode=True)))


def summed(layer, x):
    ones = functional.avg_pool2d(_planes(x), 2, ceil_mode=True, divisor_override=1)
    return layer.projection(_map(ones))


def cropped(layer, x):
    return layer.projection(_map(functional.avg_pool2d(_planes(x), 2)))


def zeros_counted(layer, x):
    padded = functional.pad(x, (0, 0, 0, x.shape[2] % 2, 0, x.shape[1] % 2))
    return layer.projection(_map(functional.avg_pool2d(_planes(padded), 2)))


def far_corners(layer, x):
    if x.shape[1] % 2 or x.shape[2] % 2:
        return layer(x)
    return layer.projection(reduce(x, "b (ph h) (pw w) c -> b h w c", "mean", ph=2, pw=2))


def not_projected(layer, x):
    pooled = functional.avg_pool2d(_planes(x), 2, ceil_mode=True, count_include_pad=False)
    return _map(pooled)


EXERCISE = Exercise(
    name="halve",
    title="The shortcut that halves",
    difficulty=2,
    minutes=10,
    why="A shortcut must have the shape of what it is added to. How it gets there is a choice, "
    "and published weights know only one.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    gradients=True,
    view="b h w c -> (b h w) c",
    easy=easy,
    mistakes=(
        Mistake(
            "every second cell",
            "You keep one cell of each 2×2 square and drop three (as ResNet's strided shortcut "
            "does). MaxViT takes their mean.",
            every_second,
        ),
        Mistake("maximum for mean", "MaxViT's shortcut pools by the mean.", maximum),
        Mistake("sum for mean", "You add the four cells up: divide by their number.", summed),
        Mistake(
            "odd sides cropped",
            "An odd side is rounded up: ⌈side / 2⌉ cells. The last square is smaller.",
            cropped,
        ),
        Mistake(
            "zeros counted",
            "At an odd end you count padded zeros in the mean: the border becomes dark. Take the "
            "mean of the cells that are there.",
            zeros_counted,
        ),
        Mistake(
            "far cells averaged",
            "You average cells half a map apart: the four cells of one square are neighbors, "
            "(h ph) and not (ph h).",
            far_corners,
        ),
        Mistake(
            "projection forgotten",
            "layer.projection is missing (it changes nothing where the width stays).",
            not_projected,
        ),
    ),
    hints=(
        "Two steps: the mean of every 2×2 square, then layer.projection over the channels.",
        "functional.avg_pool2d wants (b, c, h, w). Which of its settings rounds up, and which "
        "leaves the padding out of the mean?",
        "functional.avg_pool2d(planes, 2, ceil_mode=True, count_include_pad=False), then back to "
        "(b, h, w, c) and layer.projection.",
    ),
    solution="""
def halve(layer, x):
    planes = rearrange(x, "b h w c -> b c h w")
    means = functional.avg_pool2d(planes, 2, ceil_mode=True, count_include_pad=False)
    return layer.projection(rearrange(means, "b c h w -> b h w c"))
""",
    whole=Whole("maxvit_t", lambda model, f: methods_replaced(model, Shortcut, "forward", f)),
)

"""Exercise 3: a gate for every channel."""

import torch
from torch import Tensor
from torch.nn import functional

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.models.maxvit import SqueezeExcite


def reference(layer: SqueezeExcite, x: Tensor) -> Tensor:
    return layer(x)


def cases() -> list[Case]:
    layer = filled(lambda: SqueezeExcite(6, hidden=2))
    return [
        Case("a random map (1, 2, 3, 6)", (layer, drawn(1, 2, 3, 6) + 0.5)),
        Case("a random batch (2, 4, 1, 6)", (layer, drawn(2, 4, 1, 6, seed=1) - 0.5)),
    ]


def _gates(layer, means, activation=functional.silu, last=torch.sigmoid):
    return last(layer.expand(activation(layer.reduce(means))))


def _means(x):
    return x.mean(dim=(1, 2), keepdim=True)


def excite_before_squeeze(layer, x):
    return x * _gates(layer, x).mean(dim=(1, 2), keepdim=True)


def no_squeeze(layer, x):
    return x * _gates(layer, x)


def relu_for_silu(layer, x):
    return x * _gates(layer, _means(x), functional.relu)


def gelu_for_silu(layer, x):
    return x * _gates(layer, _means(x), functional.gelu)


def no_activation(layer, x):
    return x * _gates(layer, _means(x), lambda y: y)


def sigmoid_forgotten(layer, x):
    return x * _gates(layer, _means(x), last=lambda y: y)


def softmax_for_sigmoid(layer, x):
    return x * _gates(layer, _means(x), last=lambda y: y.softmax(-1))


def highest(layer, x):
    return x * _gates(layer, x.amax(dim=(1, 2), keepdim=True))


def added(layer, x):
    return x + _gates(layer, _means(x))


def residual(layer, x):
    return x + x * _gates(layer, _means(x))


EXERCISE = Exercise(
    name="squeeze_excite",
    title="A gate for every channel",
    difficulty=2,
    minutes=10,
    why="The one place where MBConv, a local thing, looks at the whole map: the mean of each "
    "channel decides how far it opens.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    gradients=True,
    view="b h w c -> (b h w) c",
    mistakes=(
        Mistake(
            "excite before squeeze",
            "You make gates at every cell and take their mean. First squeeze (the mean of each "
            "channel), then excite: a sigmoid and a mean do not change places.",
            excite_before_squeeze,
        ),
        Mistake(
            "no squeeze",
            "Every cell has gates of its own. There is one gate per channel and picture: take the "
            "mean over h and w first.",
            no_squeeze,
        ),
        Mistake(
            "ReLU for SiLU",
            "The first paper has a ReLU between the two layers; MaxViT, like EfficientNet, a SiLU.",
            relu_for_silu,
        ),
        Mistake("GELU for SiLU", "Inside the squeeze stands a SiLU: x · σ(x).", gelu_for_silu),
        Mistake("no activation", "Between the two layers stands a SiLU.", no_activation),
        Mistake(
            "sigmoid forgotten",
            "A gate lies between 0 and 1: the sigmoid at the end is missing.",
            sigmoid_forgotten,
        ),
        Mistake(
            "softmax for sigmoid",
            "With a softmax the channels would compete for a sum of 1. Each has its own sigmoid.",
            softmax_for_sigmoid,
        ),
        Mistake("maximum for mean", "Squeeze is the mean of each channel.", highest),
        Mistake("gates added", "The gates multiply the map.", added),
        Mistake(
            "a residual too many",
            "You add x once more. The gated map stands alone; MBConv's shortcut lies elsewhere.",
            residual,
        ),
    ),
    hints=(
        "Squeeze: one number per channel. Excite: two layers turn it into one gate per channel.",
        "means (b, c) → layer.reduce → SiLU → layer.expand → sigmoid → gates (b, c). Which axes "
        "must the gates get so that they multiply a map (b, h, w, c)?",
        "gates = torch.sigmoid(layer.expand(functional.silu(layer.reduce(x.mean(dim=(1, 2)))))); "
        "then x * gates[:, None, None, :].",
    ),
    solution="""
def squeeze_excite(layer, x):
    squeezed = layer.reduce(x.mean(dim=(1, 2)))
    gates = torch.sigmoid(layer.expand(functional.silu(squeezed)))
    return x * gates[:, None, None, :]
""",
    whole=Whole("maxvit_t", lambda model, f: methods_replaced(model, SqueezeExcite, "forward", f)),
)

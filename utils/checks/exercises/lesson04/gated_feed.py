"""Exercise 4: the gated feed-forward."""

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.models.restormer import GDFN


def reference(layer: GDFN, x: Tensor) -> Tensor:
    return layer(x)


def cases() -> list[Case]:
    layer = filled(lambda: GDFN(4, hidden=10))
    other = filled(lambda: GDFN(3, hidden=7), seed=1)
    return [
        Case("a map (1, 3, 4, 4), hidden 10", (layer, drawn(1, 3, 4, 4))),
        Case("a batch (2, 2, 5, 3), hidden 7", (other, drawn(2, 2, 5, 3, seed=1))),
    ]


def _halves(layer, x):
    return layer.depthwise(layer.expand(x)).chunk(2, dim=-1)


def no_gelu(layer, x):
    first, second = _halves(layer, x)
    return layer.projection(first * second)


def other_half(layer, x):
    first, second = _halves(layer, x)
    return layer.projection(first * functional.gelu(second))


def both_halves(layer, x):
    first, second = _halves(layer, x)
    return layer.projection(functional.gelu(first) * functional.gelu(second))


def around_the_product(layer, x):
    first, second = _halves(layer, x)
    return layer.projection(functional.gelu(first * second))


def sigmoid(layer, x):
    first, second = _halves(layer, x)
    return layer.projection(torch.sigmoid(first) * second)


def tanh_gelu(layer, x):
    first, second = _halves(layer, x)
    return layer.projection(functional.gelu(first, approximate="tanh") * second)


def added(layer, x):
    first, second = _halves(layer, x)
    return layer.projection(functional.gelu(first) + second)


def interleaved(layer, x):
    pattern = "b h w (c two) -> two b h w c"
    first, second = rearrange(layer.depthwise(layer.expand(x)), pattern, two=2)
    return layer.projection(functional.gelu(first) * second)


def depthwise_forgotten(layer, x):
    first, second = layer.expand(x).chunk(2, dim=-1)
    return layer.projection(functional.gelu(first) * second)


def gate_without_depthwise(layer, x):
    first, _ = layer.expand(x).chunk(2, dim=-1)
    _, second = _halves(layer, x)
    return layer.projection(functional.gelu(first) * second)


def sigmoid_gate(layer, x):
    return layer.projection(functional.glu(layer.depthwise(layer.expand(x)), dim=-1))


EXERCISE = Exercise(
    name="gated_feed",
    title="The gated feed-forward",
    difficulty=3,
    minutes=15,
    why="A gate lets each pixel decide, channel by channel, what goes on. It is the second half of "
    "every Restormer block, and of many newer models.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    gradients=True,
    view="b h w c -> (b h w) c",
    may_call=("utils.layers",),
    mistakes=(
        Mistake(
            "gate without GELU",
            "You multiply both halves as they are. Equation (2): GELU(first) · second.",
            no_gelu,
        ),
        Mistake(
            "GELU of the other half",
            "The first half is the gate. With published weights the halves do not change places.",
            other_half,
        ),
        Mistake(
            "GELU of both halves",
            "Only the gate goes through the GELU; the other half stays linear.",
            both_halves,
        ),
        Mistake(
            "GELU around the product",
            "The GELU stands inside: GELU(first) · second.",
            around_the_product,
        ),
        Mistake(
            "sigmoid gate",
            "A sigmoid is the gate of another paper (GLU). Restormer's gate is a GELU, which also "
            "grows beyond 1.",
            sigmoid,
        ),
        Mistake(
            "GELU of the other kind",
            "You use the tanh formula (MaxViT's). Restormer's GELU is the exact one.",
            tanh_gelu,
        ),
        Mistake("halves added", "The gate multiplies.", added),
        Mistake(
            "halves interleaved",
            "You take every second channel. The halves lie one after the other: chunk(2).",
            interleaved,
        ),
        Mistake(
            "depthwise forgotten",
            "layer.depthwise comes before the gate: without it no pixel sees a neighbor.",
            depthwise_forgotten,
        ),
        Mistake(
            "gate not filtered",
            "Both halves go through layer.depthwise, the gate, too.",
            gate_without_depthwise,
        ),
        Mistake(
            "a sigmoid for a gate",
            "Your gate is a sigmoid of the second half, as in GLU. Here it is the "
            "GELU of the first half.",
            sigmoid_gate,
        ),
    ),
    hints=(
        "expand, depthwise, split into two halves, gate, projection.",
        "chunk(2, dim=-1) gives both halves. Which one goes through the GELU, and what happens "
        "between them?",
        "first, second = layer.depthwise(layer.expand(x)).chunk(2, dim=-1), then "
        "layer.projection(functional.gelu(first) * second).",
    ),
    solution="""
def gated_feed(layer, x):
    first, second = layer.depthwise(layer.expand(x)).chunk(2, dim=-1)
    return layer.projection(functional.gelu(first) * second)
""",
    whole=Whole("restormer_derain", lambda model, f: methods_replaced(model, GDFN, "forward", f)),
)

"""Exercise 6: attention turned on its side."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.install import replaced
from utils.ops import channel_attention


def reference(q: Tensor, k: Tensor, v: Tensor, temperature: Tensor) -> Tensor:
    return channel_attention(q, k, v, temperature=temperature)


def cases() -> list[Case]:
    q, k, v = (drawn(1, 2, 3, 8, seed=s) for s in range(3))
    small = drawn(2, 3, 4, 5, seed=3), drawn(2, 3, 4, 5, seed=4), drawn(2, 3, 4, 5, seed=5)
    black = k.clone()
    black[:, 0, 1] = 0.0
    return [
        Case("2 heads of 3 channels, 8 pixels", (q, k, v, torch.tensor([0.7, 3.0]))),
        Case("a batch, 3 heads of 4 channels", (*small, torch.tensor([2.0, 0.5, 5.0]))),
        Case("a key that is black everywhere", (q, black, v, torch.tensor([1.5, 4.0]))),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "one head": (*(drawn(2, 1, 3, 8, seed=s) for s in range(3)), torch.tensor([0.7])),
        "the same temperature in each head": (
            *(drawn(2, 2, 3, 8, seed=s) for s in range(3)),
            torch.tensor([1.5, 1.5]),
        ),
    }


def _unit(x, dim=-1):
    return functional.normalize(x, dim=dim)


def _attend(q, k, v, scale, softmax=-1):
    return (q @ k.mT * scale).softmax(softmax) @ v


def _per_head(temperature):
    return temperature[:, None, None]


def over_pixels(q, k, v, temperature):
    scores = _unit(q, -2).mT @ _unit(k, -2) * _per_head(temperature)
    return v @ scores.softmax(-1).mT


def softmax_over_queries(q, k, v, temperature):
    return _attend(_unit(q), _unit(k), v, _per_head(temperature), softmax=-2)


def no_temperature(q, k, v, temperature):
    return _attend(_unit(q), _unit(k), v, 1.0)


def temperature_divides(q, k, v, temperature):
    return _attend(_unit(q), _unit(k), v, 1 / _per_head(temperature))


def temperature_late(q, k, v, temperature):
    return _attend(_unit(q), _unit(k), v, 1.0) * _per_head(temperature)


def not_normalized(q, k, v, temperature):
    return _attend(q, k, v, _per_head(temperature))


def queries_alone(q, k, v, temperature):
    return _attend(_unit(q), k, v, _per_head(temperature))


def normalized_over_channels(q, k, v, temperature):
    return _attend(_unit(q, -2), _unit(k, -2), v, _per_head(temperature))


def root_for_length(q, k, v, temperature):
    return _attend(q, k, v, _per_head(temperature) * q.shape[-1] ** -0.5)


def root_besides(q, k, v, temperature):
    return _attend(_unit(q), _unit(k), v, _per_head(temperature) * q.shape[-1] ** -0.5)


def values_normalized(q, k, v, temperature):
    return _attend(_unit(q), _unit(k), _unit(v), _per_head(temperature))


def no_least_length(q, k, v, temperature):
    q, k = (x / x.norm(dim=-1, keepdim=True) for x in (q, k))
    return _attend(q, k, v, _per_head(temperature))


EXERCISE = Exercise(
    name="attend_channels",
    title="Attention turned on its side",
    difficulty=4,
    minutes=20,
    why="Restormer's idea in four lines. Readers take it for a bug, since the softmax runs over "
    "channels; it is the point.",
    reference=reference,
    cases=cases,
    axes="b heads d n",
    gradients=True,
    view="b heads d n -> (b heads d) n",
    easy=easy,
    mistakes=(
        Mistake(
            "softmax over the wrong axis",
            "Your weights sum to 1 over the queries. Each query channel shares out its attention "
            "among the key channels: the last axis.",
            softmax_over_queries,
        ),
        Mistake(
            "softmax over pixels instead of channels",
            "Your table is pixels × pixels: usual attention. Here channels attend to channels, and "
            "the table is d × d: q @ k.mT with the pixels as features.",
            over_pixels,
        ),
        Mistake(
            "temperature missing",
            "Cosines lie between −1 and 1: without the temperature the softmax stays nearly flat.",
            no_temperature,
        ),
        Mistake(
            "temperature divides",
            "The paper's α divides; the official code and its weights have temperature = 1 / α, "
            "which multiplies.",
            temperature_divides,
        ),
        Mistake(
            "temperature after the softmax",
            "The temperature multiplies the scores, before the softmax.",
            temperature_late,
        ),
        Mistake(
            "not normalized",
            "Queries and keys are divided by their length over all pixels; otherwise the scores "
            "grow with the picture.",
            not_normalized,
        ),
        Mistake("keys not normalized", "Both are divided by their length.", queries_alone),
        Mistake(
            "normalized over the channels",
            "You make each pixel's channels a unit vector. It is each channel, over all pixels: "
            "the last axis.",
            normalized_over_channels,
        ),
        Mistake(
            "√n for the length",
            "1/√n is usual attention's scale. Here each vector is divided by its own length.",
            root_for_length,
        ),
        Mistake(
            "√n besides the length",
            "The scores are cosines already: no further scale but the temperature.",
            root_besides,
        ),
        Mistake("values normalized", "The values stay as they are.", values_normalized),
        Mistake(
            "no least length",
            "A channel that is 0 everywhere has length 0, and 0 / 0 is nan: divide by the length "
            "or 1e-12, whichever is larger (functional.normalize does).",
            no_least_length,
        ),
    ),
    hints=(
        "Usual attention with other tokens: each of the d channels is one token, its n pixels are "
        "its features. Which shape has the table?",
        "functional.normalize(q, dim=-1) divides by the length. scores = q @ k.mT is (b, heads, d, "
        "d); the temperature is one number per head.",
        "scores = q @ k.mT * temperature[:, None, None] with normalized q and k; then "
        "scores.softmax(dim=-1) @ v.",
    ),
    solution="""
def attend_channels(q, k, v, temperature):
    q, k = functional.normalize(q, dim=-1), functional.normalize(k, dim=-1)
    scores = q @ k.mT * temperature[:, None, None]
    return scores.softmax(dim=-1) @ v
""",
    whole=Whole(
        "restormer_derain",
        lambda model, f: replaced(
            "utils.models.restormer.blocks.channel_attention",
            lambda q, k, v, *, temperature: f(q, k, v, temperature),
        ),
    ),
)

"""Exercise 4: attention in a window."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.install import replaced
from utils.ops import attention


def reference(q: Tensor, k: Tensor, v: Tensor, bias: Tensor) -> Tensor:
    return attention(q, k, v, bias=bias)


def cases() -> list[Case]:
    q, k, v = (drawn(1, 2, 3, 4, seed=s) for s in range(3))
    wide = drawn(2, 3, 5, 6, seed=3), drawn(2, 3, 7, 6, seed=4), drawn(2, 3, 7, 2, seed=5)
    mask = torch.zeros(5, 7)
    mask[:, ::2] = -100.0
    return [
        Case("4 channels, 2 heads, 3 tokens, no bias", (q, k, v, torch.zeros(3, 3))),
        Case("the same with a bias per head", (q, k, v, drawn(2, 3, 3, seed=6))),
        Case("5 queries and 7 keys, 2-channel values, a mask", (*wide, mask)),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "one head": (*(drawn(2, 1, 3, 4, seed=s) for s in range(3)), drawn(3, 3, seed=6)),
        "as many channels as tokens": (
            *(drawn(2, 3, 4, 4, seed=s) for s in range(3)),
            drawn(4, 4, seed=6),
        ),
        "no bias": (*(drawn(2, 2, 3, 4, seed=s) for s in range(3)), torch.zeros(3, 3)),
        "a batch of one": (*(drawn(1, 2, 3, 4, seed=s) for s in range(3)), drawn(2, 3, 3, seed=6)),
    }


def folded(f: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The model's windows become part of the batch: an answer is written for (b, heads, i, d)."""

    def attend(q: Tensor, k: Tensor, v: Tensor, *, bias: Tensor | None = None) -> Tensor:
        *outer, _, i, _ = q.shape
        bias = q.new_zeros(()) if bias is None else bias
        bias = bias.expand(*q.shape[:-2], i, k.shape[-2])
        out = f(*(x.flatten(0, -4) for x in (q, k, v, bias)))
        return out.reshape(*outer, *out.shape[-3:])

    return attend


def _attend(q, k, v, bias, scale):
    return (q @ k.mT * scale + bias).softmax(-1) @ v


def no_scale(q, k, v, bias):
    return _attend(q, k, v, bias, 1.0)


def scale_of_the_whole_width(q, k, v, bias):
    return _attend(q, k, v, bias, (q.shape[-3] * q.shape[-1]) ** -0.5)


def scale_without_root(q, k, v, bias):
    return _attend(q, k, v, bias, 1 / q.shape[-1])


def scale_upside_down(q, k, v, bias):
    return _attend(q, k, v, bias, math.sqrt(q.shape[-1]))


def softmax_over_queries(q, k, v, bias):
    return (q @ k.mT * q.shape[-1] ** -0.5 + bias).softmax(-2) @ v


def bias_scaled_too(q, k, v, bias):
    return ((q @ k.mT + bias) * q.shape[-1] ** -0.5).softmax(-1) @ v


def bias_forgotten(q, k, v, bias):
    return _attend(q, k, v, 0.0, q.shape[-1] ** -0.5)


def bias_multiplied(q, k, v, bias):
    return (q @ k.mT * q.shape[-1] ** -0.5 * bias).softmax(-1) @ v


def bias_after_softmax(q, k, v, bias):
    return ((q @ k.mT * q.shape[-1] ** -0.5).softmax(-1) + bias) @ v


def bias_subtracted(q, k, v, bias):
    return _attend(q, k, v, -bias, q.shape[-1] ** -0.5)


def no_softmax(q, k, v, bias):
    return (q @ k.mT * q.shape[-1] ** -0.5 + bias) @ v


EXERCISE = Exercise(
    name="attend",
    title="Attention in a window",
    difficulty=3,
    minutes=15,
    why="One equation, four lines, and a dozen ways to get it wrong that all train.",
    reference=reference,
    cases=cases,
    axes="b heads i e",
    gradients=True,
    view="b heads i e -> (b heads i) e",
    easy=easy,
    mistakes=(
        Mistake(
            "no scale",
            "The scores are not divided by √d: with many channels one key takes all the weight.",
            no_scale,
        ),
        Mistake(
            "scale of the wrong width",
            "You divide by the root of the whole width, heads · d. Each head is a product of d "
            "channels only: divide by √d.",
            scale_of_the_whole_width,
        ),
        Mistake("scale without the root", "You divide by d. It is √d.", scale_without_root),
        Mistake("scale upside down", "You multiply by √d. Divide by it.", scale_upside_down),
        Mistake(
            "softmax over the wrong axis",
            "Your weights sum to 1 over the queries. Each query shares out its attention among "
            "the keys: the last axis of the scores.",
            softmax_over_queries,
        ),
        Mistake(
            "bias scaled too",
            "You add the bias before you scale. The scale belongs to q kᵀ alone.",
            bias_scaled_too,
        ),
        Mistake("bias forgotten", "The bias is never added to the scores.", bias_forgotten),
        Mistake(
            "bias multiplied",
            "The bias is added to the scores: a mask of −100 would otherwise turn the sign of a "
            "score, and a bias of 0 would wipe it out.",
            bias_multiplied,
        ),
        Mistake(
            "bias after the softmax",
            "The bias comes before the softmax; after it the weights no longer sum to 1.",
            bias_after_softmax,
        ),
        Mistake(
            "mask sign", "You subtract the bias: strangers get all the weight.", bias_subtracted
        ),
        Mistake(
            "no softmax",
            "The scores are used as weights as they are: a softmax makes them sum to 1.",
            no_softmax,
        ),
    ),
    hints=(
        "Equation: softmax(q kᵀ / √d + bias) v. Write one line per step and print the shapes.",
        "k.mT swaps the last two axes: q @ k.mT is (..., i, j). d is q.shape[-1]. Which axis of "
        "the scores counts the keys?",
        "scores = q @ k.mT / d**0.5 + bias; weights = scores.softmax(dim=-1); then weights @ v.",
    ),
    solution="""
def attend(q, k, v, bias):
    scores = q @ k.mT / q.shape[-1] ** 0.5 + bias
    weights = scores.softmax(dim=-1)
    return weights @ v
""",
    whole=Whole(
        "swin_t",
        lambda model, f: replaced("utils.layers.window_attention.attention", folded(f)),
    ),
)

"""One query of attention, in its five steps, with tokens whose numbers one can see.

A token is a patch of 8×8 pixels. Query and key are its mean color beside that of the whole picture
(three numbers), the value is the color itself, so that what comes out is a color.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Literal

import numpy as np
import torch
from einops import rearrange, reduce
from jaxtyping import Float, Float32, Int32
from torch import Tensor

from utils.explorers.picture import Picture, picture_of
from utils.explorers.settings import Reads, choice, point, slider
from utils.ops import attention

SIDE = 14  # tokens a side
PATCH = 8  # pixels of a token
PICTURE_SIZE = (SIDE * PATCH, SIDE * PATCH)
CELL = 22  # pixels on the screen
LENGTH = 8.0  # of queries and keys where the slider stands at ×1
D = 3  # numbers of a query
TOP = 8  # weights that are drawn one by one
STEPS = {
    "query": "1 Query",
    "scores": "2 Scores",
    "scale": "3 Scale",
    "softmax": "4 Softmax",
    "mix": "5 Mix",
}
CONSTANTS = {"side": SIDE, "cell": CELL, "steps": list(STEPS), "top": TOP}
Step = Literal["query", "scores", "scale", "softmax", "mix"]


@dataclass(frozen=True)
class Settings:
    """What the learner sets."""

    step: Step = choice("Step", "query", STEPS)
    length: int = slider("Length of q and k", 0, low=-2, high=2, reads=Reads(before="×", power=2))
    query: tuple[int, int] = point("Query", (9, 8), size=(SIDE, SIDE))


@dataclass(frozen=True)
class Result:
    """All five steps; the view shows those up to the present one."""

    q: Float32[np.ndarray, " d"]
    key: tuple[int, int]  # (row, column) of the best fitting other token
    k: Float32[np.ndarray, " d"]  # its key
    scores: Float32[np.ndarray, "h w"]
    scaled: Float32[np.ndarray, "h w"]
    weights: Float32[np.ndarray, "h w"]
    top: Int32[np.ndarray, " top"]  # the tokens of the largest weights
    rest: float  # what all others get
    colors: Float32[np.ndarray, "h w rgb"]  # the values
    output: Float32[np.ndarray, " rgb"]


@cache
def _scene() -> Picture:
    return picture_of(None, size=PICTURE_SIZE)


def values_of(picture: Picture) -> Float[Tensor, "n rgb"]:
    """The mean color of every patch."""
    return reduce(picture, "rgb (h p) (w q) -> (h w) rgb", "mean", p=PATCH, q=PATCH)


def compute(settings: Settings, picture: Picture | None = None) -> Result:
    """One row of attention, and what leads to it."""
    v = values_of(_scene() if picture is None else picture)
    k = (v - v.mean(0)) * LENGTH * 2.0**settings.length
    number = settings.query[0] * SIDE + settings.query[1]
    q = k[number, None]
    scores = (q @ k.mT)[0]
    # with one value per token, the one-hot ones, what comes out is the weights themselves
    weights = attention(q[None], k[None], torch.eye(len(v))[None])[0, 0]
    output = attention(q[None], k[None], v[None])[0, 0]
    top = weights.argsort(descending=True, stable=True)[:TOP]
    others = scores.clone()
    others[number] = -torch.inf
    best = int(others.argmax())
    return Result(
        q=q[0].numpy(),
        key=divmod(best, SIDE),
        k=k[best].numpy(),
        scores=_map(scores),
        scaled=_map(scores / D**0.5),
        weights=_map(weights),
        top=top.int().numpy(),
        rest=max(1 - float(weights[top].sum()), 0.0),
        colors=rearrange(v, "(h w) rgb -> h w rgb", h=SIDE).numpy(),
        output=output.numpy(),
    )


def _map(flat: Float[Tensor, " n"]) -> Float32[np.ndarray, "h w"]:
    return rearrange(flat, "(h w) -> h w", h=SIDE).numpy()


def sentence(settings: Settings, result: Result) -> str:
    """What this step does, with its numbers."""
    where = f"row {settings.query[0]}, column {settings.query[1]}"
    key = f"row {result.key[0]}, column {result.key[1]}"
    score, scaled = float(result.scores[result.key]), float(result.scaled[result.key])
    many, most = result.weights.size, float(result.weights.max())
    said = {
        "query": f"The token in {where} asks with {D} numbers, q = {_vector(result.q)}: how much "
        "redder, greener and bluer it is than the picture.",
        "scores": f"q · k for every one of the {many} keys. The best other key, in {key}: "
        f"{_products(result)} = {_number(score)}. Over the picture the scores run from "
        f"{_number(result.scores.min())} to {_number(result.scores.max())}.",
        "scale": f"Every score by √d = √{D} = {D**0.5:.2f}: for the key in {key}, "
        f"{_number(score)} becomes {_number(scaled)}. The order stays, the differences shrink.",
        "softmax": f"exp of every score by the sum of all {many}: weights from "
        f"{result.weights.min():.4f} to {most:.4f}, together 1. The {TOP} largest have "
        f"{100 * (1 - result.rest):.0f} % of it.",
        "mix": f"The {many} values, each times its weight, added: the color "
        f"{_vector(result.output)}; the token's own was {_vector(result.colors[settings.query])}.",
    }
    return f"Step {settings_step(settings)} of {len(STEPS)}. {said[settings.step]}"


def settings_step(settings: Settings) -> int:
    """The number of the present step, from 1."""
    return list(STEPS).index(settings.step) + 1


def _products(result: Result) -> str:
    pairs = zip(result.q, result.k, strict=True)
    return " + ".join(f"{_factor(q)}·{_factor(k)}" for q, k in pairs)


def _factor(value: float | np.floating) -> str:
    return f"({_number(value)})" if value < 0 else _number(value)


def _vector(values: np.ndarray) -> str:
    return f"({', '.join(map(_number, values))})"


def _number(value: float | np.floating) -> str:
    """Two digits, with a real minus, which bears no zero."""
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")


def sweep() -> Iterator[Settings]:
    """Every step, every length, queries at the corners and between."""
    places = list(product((0, 4, 9, 13), repeat=2))
    for number, place in enumerate(product(STEPS, places)):
        yield Settings(place[0], number % 5 - 2, place[1])  # type: ignore[arg-type]

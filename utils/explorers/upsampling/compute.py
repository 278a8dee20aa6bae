"""The nine coarse flows around a pixel, and the weights with which it mixes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
import torch
from einops import rearrange
from jaxtyping import Float, Float32, UInt8
from torch import Tensor
from torch.nn import functional

from utils.errors import ConfigError
from utils.explorers.pair import SIZE, WHEEL, Pair, scene_pass, take
from utils.explorers.pair import default_model as default_model
from utils.explorers.picture import as_bytes
from utils.explorers.settings import choice, point
from utils.figures.flow import flow_colors, longest
from utils.ops import crop, upsample_flow
from utils.tap import watching

PICTURE_SIZE = SIZE
CELL = 4  # pixels on the screen for one of the frame
CONSTANTS = {"size": SIZE, "cell": CELL, "wheel": WHEEL}
Shown = Literal["frame", "coarse", "fine"]
PICTURES: dict[Shown, str] = {"frame": "Frame 0", "coarse": "Coarse flow", "fine": "Fine flow"}


@dataclass(frozen=True)
class Settings:
    """What the learner sets."""

    shown: Shown = choice("Picture", "fine", PICTURES)
    query: tuple[int, int] = point("Pixel", (34, 37), size=SIZE)


@dataclass(frozen=True)
class Inside:
    """What the model did; flows in pixels of the frame, (x, y)."""

    coarse: Float[Tensor, "rows columns 2"]  # after propagation
    weights: Float[Tensor, "rows columns 9 ky kx"]
    fine: Float[Tensor, "2 h w"]
    factor: int


@dataclass(frozen=True)
class Result:
    """What the view shows; flows in pixels of the frame, (x, y)."""

    weights: Float32[np.ndarray, "3 3"]  # sum to 1
    around: Float32[np.ndarray, "3 3 2"]  # the coarse flows; 0 outside the map
    inside: UInt8[np.ndarray, "3 3"]  # 1 where the cell is on the map
    tints: UInt8[np.ndarray, "9 3"]  # the colors of the coarse flows
    picture: UInt8[np.ndarray, "h w 3"]  # the one that is shown
    pixel: tuple[int, int]
    cell: tuple[int, int]  # the coarse cell (row, column) in which the pixel lies
    corner: tuple[int, int]  # the pixel (row, column) at the upper left of the nine cells
    factor: int  # pixels per coarse cell
    fine: tuple[float, float]  # the flow of the pixel
    bilinear: tuple[float, float]  # what plain upsampling would say
    known: bool
    truth: tuple[float, float]
    most: float  # at the rim of the wheel


def run(model: Any, frame0: Float[Tensor, "1 3 h w"], frame1: Float[Tensor, "1 3 h w"]) -> Inside:
    """One pass with the weights of the upsampler kept (on the CPU)."""
    with watching(model, "propagated", "upsampler.weights") as seen:
        fine = model(*take(model, frame0, frame1)).flow
    if not {"propagated", "upsampler.weights"} <= set(seen):
        raise ConfigError(
            f"a {type(model).__name__} came that shows no upsampling weights",
            allowed='convex upsampling taps "upsampler.weights"; the U-Net variant has none',
            mend='make the model with upsampler="convex"',
        )
    coarse, weights = seen["propagated"][-1][0].float().cpu(), seen["upsampler.weights"][0][0]
    factor = weights.shape[-1]
    return Inside(factor * coarse, weights.float().cpu(), fine[0].float().cpu(), factor)


_scene = scene_pass(run)


def compute(settings: Settings, inside: Inside | None = None, pair: Pair | None = None) -> Result:
    """The pixel's nine weights and flows, their mean, and what bilinear upsampling gives."""
    if inside is None or pair is None:
        inside, pair = _scene()
    factor, (y, x) = inside.factor, settings.query
    h, w = pair.frame0.shape[-2:]
    rows, columns = inside.coarse.shape[:2]
    # The model pads its frames, half on each side.
    top, left = (rows * factor - h) // 2, (columns * factor - w) // 2
    row, column = (y + top) // factor, (x + left) // factor
    weights = inside.weights[row, column, :, (y + top) % factor, (x + left) % factor]
    padded = functional.pad(inside.coarse, (0, 0, 1, 1, 1, 1))
    on_map = functional.pad(torch.ones(rows, columns), (1, 1, 1, 1))
    around = padded[row : row + 3, column : column + 3]
    most = longest(inside.fine) if pair.flow is None else longest(pair.flow)
    bilinear = upsample_flow(inside.coarse[None] / factor, factor=factor)
    bilinear = crop(bilinear, size=(h, w), place="center")[0, y, x]
    truth = torch.zeros(2) if pair.flow is None else pair.flow[0, :, y, x]
    return Result(
        weights=rearrange(weights, "(ny nx) -> ny nx", ny=3).numpy(),
        around=around.numpy(),
        inside=on_map[row : row + 3, column : column + 3].byte().numpy(),
        tints=flow_colors(rearrange(around, "ny nx xy -> xy 1 (ny nx)"), most=most)[0],
        picture=_picture(settings.shown, inside, pair, most),
        pixel=(y, x),
        cell=(row, column),
        corner=((row - 1) * factor - top, (column - 1) * factor - left),
        factor=factor,
        fine=_pair(inside.fine[:, y, x]),
        bilinear=_pair(bilinear),
        known=pair.flow is not None,
        truth=_pair(truth),
        most=most,
    )


def _picture(shown: Shown, inside: Inside, pair: Pair, most: float) -> UInt8[np.ndarray, "h w 3"]:
    if shown == "frame":
        return as_bytes(pair.frame0[0])
    if shown == "fine":
        return flow_colors(inside.fine, most=most)
    cells = inside.coarse.repeat_interleave(inside.factor, 0).repeat_interleave(inside.factor, 1)
    size = (pair.frame0.shape[-2], pair.frame0.shape[-1])
    cells = crop(cells[None], size=size, place="center")[0]
    return flow_colors(rearrange(cells, "h w xy -> xy h w"), most=most)


def _pair(values: Float[Tensor, "2"]) -> tuple[float, float]:
    x, y = values.tolist()
    return x, y


PLACES = (
    "the cell up left of it",
    "the cell above",
    "the cell up right of it",
    "the cell to the left",
    "its own cell",
    "the cell to the right",
    "the cell down left of it",
    "the cell below",
    "the cell down right of it",
)


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    (row, column), (y, x) = result.cell, result.pixel
    flat = result.weights.ravel()
    truth = f"; the truth is {_words(result.truth)}" if result.known else ""
    return (
        f"{PICTURES[settings.shown]}: pixel (row {y}, column {x}) lies in coarse cell ({row}, "
        f"{column}) and takes most from {PLACES[int(flat.argmax())]} ({flat.max():.0%}). "
        f"Mixed: {_words(result.fine)} px, bilinear: {_words(result.bilinear)} px{truth}."
    )


def _words(flow: tuple[float, float]) -> str:
    x, y = (round(part) + 0 for part in flow)
    return f"({x}, {y})"


def sweep() -> Iterator[Settings]:
    """Every picture, over pixels all over the frame, its corners too."""
    for shown in PICTURES:
        for query in product((0, 1, 30, 62, 95), (0, 45, 73, 95)):
            yield Settings(shown, query)

"""The forward-backward check of two flows, beside what the world knows to be hidden."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import torch
from einops import rearrange
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from utils.explorers.flow.compute import heat
from utils.explorers.pair import SIZE, Pair, scene_pass, take
from utils.explorers.pair import default_model as default_model
from utils.explorers.picture import as_bytes
from utils.explorers.settings import Reads, cell_at, point, slider
from utils.figures.style import COLORS
from utils.ops import forward_backward_error, occluded, warp

PICTURE_SIZE = SIZE
LATTICE = (48, 48)  # places of the query
CELL = 5  # pixels on the screen for one of them
ERROR = 4.0  # pixels at the bright end of the error map
CONSTANTS = {"size": LATTICE, "cell": CELL}
BOTH_SEEN, HIT, MISSED, FALSE = 0, 1, 2, 3
# How 2×2 dots of one pixel are inked, so that color is not the only sign: all, a diagonal, one.
INK = {HIT: ((1, 1), (1, 1)), MISSED: ((1, 0), (0, 1)), FALSE: ((1, 0), (0, 0))}
INK_COLOR = {HIT: COLORS["line"], MISSED: COLORS["frame1"], FALSE: COLORS["frame0"]}


@dataclass(frozen=True)
class Settings:
    """What the learner sets."""

    threshold: int = slider(
        "Threshold", 20, low=1, high=40, reads=Reads(after=" px", factor=0.1, digits=1)
    )
    query: tuple[int, int] = point("Pixel", (10, 27), size=LATTICE)


@dataclass(frozen=True)
class Inside:
    """Both flows, in pixels of the frames, (x, y)."""

    forward: Float[Tensor, "1 h w 2"]
    backward: Float[Tensor, "1 h w 2"]


@dataclass(frozen=True)
class Result:
    """What the view shows; places and lengths in pixels of the frames, (x, y)."""

    frame1: UInt8[np.ndarray, "h w 3"]
    error: UInt8[np.ndarray, "h w 3"]  # of going there and back
    verdict: UInt8[np.ndarray, "twice_h twice_w 3"]  # found and true, inked over frame 0
    start: tuple[float, float]
    there: tuple[float, float]
    home: tuple[float, float]
    gap: float  # from start to home
    limit: float  # what the gap may be
    found: float  # part of all pixels that the check calls hidden
    known: bool
    hidden: float  # part that is
    recall: float  # of the hidden ones, how many are found
    precision: float  # of those found, how many are hidden


def run(model: Any, frame0: Float[Tensor, "1 3 h w"], frame1: Float[Tensor, "1 3 h w"]) -> Inside:
    """One pass for both directions (on the CPU)."""
    flows = model(*take(model, frame0, frame1), bidirectional=True).flow.float().cpu()
    forward, backward = rearrange(flows, "two xy h w -> two 1 h w xy")
    return Inside(forward, backward)


_scene = scene_pass(run)


def compute(settings: Settings, inside: Inside | None = None, pair: Pair | None = None) -> Result:
    """The check for every pixel, and the way there and back for one."""
    if inside is None or pair is None:
        inside, pair = _scene()
    forward, backward = inside.forward, inside.backward
    beta = settings.threshold / 10
    found = occluded(forward, backward, beta=beta)[0]
    known = pair.hidden is not None
    hidden = torch.zeros_like(found) if pair.hidden is None else pair.hidden[0]
    h, w = found.shape
    y, x = cell_at(settings.query, size=(h, w), lattice=LATTICE)
    out, back = forward[0, y, x], warp(backward, forward)[0, y, x]
    start = torch.tensor([float(x), float(y)])
    lengths = forward[0, y, x].norm() + backward[0, y, x].norm()
    both = float((found & hidden).sum())
    return Result(
        frame1=as_bytes(pair.frame1[0]),
        error=heat(forward_backward_error(forward, backward)[0] / ERROR),
        verdict=_inked(pair.frame0, found, hidden, known),
        start=_point(start),
        there=_point(start + out),
        home=_point(start + out + back),
        gap=float((out + back).norm()),
        limit=0.01 * float(lengths) + beta,
        found=float(found.float().mean()),
        known=known,
        hidden=float(hidden.float().mean()),
        recall=both / max(1.0, float(hidden.sum())),
        precision=both / max(1.0, float(found.sum())),
    )


def _inked(
    frame: Float[Tensor, "1 3 h w"],
    found: Bool[Tensor, "h w"],
    hidden: Bool[Tensor, "h w"],
    known: bool,
) -> UInt8[np.ndarray, "twice_h twice_w 3"]:
    verdict = HIT * (found & hidden) + MISSED * (hidden & ~found) + FALSE * (found & ~hidden)
    if not known:
        verdict = HIT * found.long()
    pale = 0.35 * frame[0].mean(0, keepdim=True).expand(3, -1, -1) + 0.65
    dots = as_bytes(pale).repeat(2, axis=0).repeat(2, axis=1)
    for value, ink in INK.items():
        mask = np.kron((verdict == value).numpy(), np.array(ink)).astype(bool)
        dots[mask] = [int(INK_COLOR[value][i : i + 2], 16) for i in (1, 3, 5)]
    return dots


def _point(values: Float[Tensor, "2"]) -> tuple[float, float]:
    x, y = values.tolist()
    return x, y


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    x, y = result.start
    verdict = "comes home" if result.gap <= result.limit else "does not come home"
    one = (
        f"The pixel in row {y:.0f}, column {x:.0f} ends {result.gap:.1f} px from its start "
        f"and {verdict}. "
    )
    share = (
        f"Threshold {settings.threshold / 10:.1f} px: {result.found:.0%} of the frame called hidden"
    )
    if not result.known:
        return f"{one}{share}."
    return (
        f"{one}{share}, {result.hidden:.0%} is; {result.recall:.0%} of the hidden pixels found, "
        f"{result.precision:.0%} of those found are hidden."
    )


def sweep() -> Iterator[Settings]:
    """Every threshold, and places all over the frame."""
    places = list(product((0, 9, 17, 34, 47), (0, 15, 34, 47)))
    for threshold in range(1, 41):
        yield Settings(threshold, places[threshold % len(places)])
    yield Settings(query=(47, 47))

"""Multiply-adds and memory of each kind of attention, by formula, and where memory runs out.

n tokens, c channels, heads, and keys: how many tokens one query asks. All count one layer of equal
width (96 channels, 3 heads); the tests hold the formulas against the counters on real layers.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float32, Int32

from utils.explorers.cost.layers import CHANNELS, HEADS, KINDS, POINTS, WINDOW
from utils.explorers.cost.measure import Times
from utils.explorers.settings import choice, slider

PICTURE_SIZE = (32, 32)  # no picture is shown; a view has one
SIDES = (64, 128, 256, 512, 1024, 2048, 4096)
NAMES = {
    "window": "Window or grid, 8×8",
    "axial": "Rows (axial)",
    "channel": "Channels",
    "all": "All with all",
    "deformable": "Deformable, 4 points",
}
CONSTANTS = {"kinds": KINDS, "names": NAMES, "sides": SIDES}
FLOAT, GB = 4, 1e9
MOST_CELLS = 1 << 16
RECORDED = Path(__file__).with_name("recorded.json")
Kept = Literal["plain", "fused"]


@dataclass(frozen=True)
class Settings:
    """What the learner sets."""

    side: int = choice("Side of the picture, pixels", 1024, {side: str(side) for side in SIDES})
    stride: int = choice("One token per", 4, {1: "1×1 px", 4: "4×4", 8: "8×8", 16: "16×16"})
    kept: Kept = choice("Weights of attention", "plain", {"plain": "Stored", "fused": "Fused"})
    memory: str = choice(
        "Memory", "16", {"8": "8 GB", "16": "16", "80": "80", "this": "This machine"}
    )
    layers: int = slider("Layers kept for training", 12, low=1, high=24)


@dataclass(frozen=True)
class Result:
    """What the view shows, kinds in the order of KINDS, sides in that of SIDES."""

    work: Float32[np.ndarray, "kinds sides"]  # millions of multiply-adds of one layer
    memory: Float32[np.ndarray, "kinds sides"]  # megabytes of all layers, kept for training
    runs_out: Int32[np.ndarray, " kinds"]  # the largest side that fits, in pixels
    recorded: Float32[np.ndarray, "kinds sides"]  # milliseconds; −1 where nothing was measured
    measured: Float32[np.ndarray, "kinds sides"]  # the same on this machine, after the button
    limit: float  # megabytes
    machine: str  # on which `recorded` was measured


def compute(settings: Settings, measured: Times | None = None) -> Result:
    """Count for every side; the button's times come from outside."""
    cells = [side // settings.stride for side in SIDES]
    limit = memory_of(settings.memory)
    record = _record()
    return Result(
        work=_table(lambda kind, m: multiply_adds(kind, m) / 1e6, cells),
        memory=_table(
            lambda kind, m: settings.layers * kept_bytes(kind, m, settings.kept) / 1e6, cells
        ),
        runs_out=np.array([largest(kind, settings) for kind in KINDS], dtype=np.int32),
        recorded=_table(lambda kind, m: record["ms"][kind].get(str(m), -1), cells),
        measured=_table(lambda kind, m: (measured or {}).get(kind, {}).get(m, -1), cells),
        limit=limit / 1e6,
        machine=record["machine"],
    )


def multiply_adds(kind: str, cells: int) -> int:
    """Of one layer on a map of cells × cells."""
    n, c = cells**2, CHANNELS
    if kind == "deformable":
        predicted = HEADS * POINTS * 3  # two offsets and a weight
        return 2 * n * c * c + n * c * predicted + n * POINTS * 4 * c
    return 4 * n * c * c + 2 * n * c * _keys(kind, cells)


def kept_bytes(kind: str, cells: int, kept: Kept) -> int:
    """What one layer keeps for the backward pass: its inputs, q, k, v, weights, what comes out.

    Fused attention keeps one number per query and head in place of its row of weights.
    """
    n, c = cells**2, CHANNELS
    if kind == "deformable":
        # Locations and weights of the points; four cells, as 8-byte numbers, with a share each.
        return FLOAT * n * (3 * c + HEADS * POINTS * (3 + 4 * 4))
    if kind == "channel":
        # Four small matrices a head: products, lengths, temperature over lengths, weights.
        return FLOAT * (5 * n * c + 4 * HEADS * (c // HEADS) ** 2)
    rows = 1 if kept == "fused" else _keys(kind, cells)
    return FLOAT * n * (5 * c + HEADS * rows)


def _keys(kind: str, cells: int) -> int:
    """Products of one token and head over the channels of a head."""
    return {
        "window": min(WINDOW, cells) ** 2,
        "axial": cells,
        "channel": CHANNELS // HEADS,
        "all": cells**2,
    }[kind]


def largest(kind: str, settings: Settings) -> int:
    """The largest side in pixels whose layers fit into the memory, 0 where none does."""
    limit = memory_of(settings.memory)
    low, high = 0, MOST_CELLS
    while low < high:
        middle = (low + high + 1) // 2
        fits = settings.layers * kept_bytes(kind, middle, settings.kept) <= limit
        low, high = (middle, high) if fits else (low, middle - 1)
    return low * settings.stride


@cache
def memory_of(name: str) -> float:
    """Bytes; of this machine: a GPU's where there is one, else all of the computer's."""
    if name != "this":
        return float(name) * GB
    import torch

    if torch.cuda.is_available():
        return float(torch.cuda.get_device_properties(0).total_memory)
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):  # Windows does not tell
        return 16 * GB


def _table(number, cells: list[int]) -> Float32[np.ndarray, "kinds sides"]:  # type: ignore[no-untyped-def]
    return np.array([[number(kind, m) for m in cells] for kind in KINDS], dtype=np.float32)


@cache
def _record() -> dict:
    if not RECORDED.exists():
        return {"machine": "", "ms": {kind: {} for kind in KINDS}}
    return json.loads(RECORDED.read_text(encoding="utf-8"))


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers; measured times are in the picture alone."""
    at = SIDES.index(settings.side)
    work = dict(zip(KINDS, result.work[:, at].tolist(), strict=True))
    out = dict(zip(KINDS, result.runs_out.tolist(), strict=True))
    cells = settings.side // settings.stride
    times = work["all"] / work["window"]
    ratio = f"{times:,.1f}" if times < 10 else f"{times:,.0f}"
    words = "with all weights stored" if settings.kept == "plain" else "with fused attention"
    return (
        f"{settings.side}×{settings.side} pixels are {cells * cells:,} tokens: all with all takes "
        f"{_big(work['all'])} multiply-adds a layer, {ratio} times a window's. Trained {words}, "
        f"{settings.layers} {'layer fills' if settings.layers == 1 else 'layers fill'} "
        f"{result.limit / 1000:,.0f} GB at a side of {out['all']:,} px (all with all), "
        f"{out['axial']:,} (rows), {out['window']:,} (windows), {out['channel']:,} (channels), "
        f"{out['deformable']:,} (deformable)."
    )


def _big(millions: float) -> str:
    for unit, size in (("P", 1e9), ("T", 1e6), ("G", 1e3)):
        if millions >= size:
            return f"{millions / size:,.1f} {unit}"
    return f"{millions:,.1f} M"


def sweep() -> Iterator[Settings]:
    """Every side with every stride, and every value of the other controls."""
    memories = ("8", "16", "80", "this")
    kinds: tuple[Kept, ...] = ("plain", "fused")
    for number, (side, stride) in enumerate(product(SIDES, (1, 4, 8, 16))):
        layers = number % 24 + 1
        yield Settings(side, stride, kinds[number % 2], memories[number % 4], layers)

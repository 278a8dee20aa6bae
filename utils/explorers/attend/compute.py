"""Who one cell attends to, in eight ways, with the same tokens and nothing learned.

A token is a patch of 4×4 pixels, its features are the patch's 48 colors, and two tokens fit the
better the nearer their colors are. So the views differ in one thing: who may be asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
import torch
from einops import rearrange
from jaxtyping import Bool, Float, Float32, Int32, UInt8
from torch import Tensor

from utils.explorers.match.compute import signed
from utils.explorers.multi_axis.compute import groups
from utils.explorers.pair import Pair, scene_pair
from utils.explorers.picture import as_bytes
from utils.explorers.settings import Reads, choice, point, slider
from utils.explorers.words import counted
from utils.ops import (
    coordinates,
    cyclic_unshift,
    deformable_attention,
    merge_windows,
    partition_windows,
    region_labels,
)

SIDE = 28  # tokens a side
PATCH = 4  # pixels of a token
CELL = 6  # pixels on the screen
PICTURE_SIZE = (SIDE * PATCH, SIDE * PATCH)
CHANNELS = PATCH * PATCH * 3
KINDS = ("window", "shifted", "grid", "axial", "all", "channel", "matching", "deformable")
NAMES = {
    "window": ("Window", "Swin, MaxViT's block"),
    "shifted": ("Shifted window", "Swin"),
    "grid": ("Grid", "MaxViT"),
    "axial": ("Row and column", "axial attention"),
    "all": ("All cells", "ViT"),
    "channel": ("Across channels", "Restormer"),
    "matching": ("Matching in frame 1", "GMFlow"),
    "deformable": ("Sampling points", "ViT-Adapter"),
}
HEADS, POINTS = 8, 4
CONSTANTS = {"side": SIDE, "cell": CELL, "kinds": KINDS, "names": NAMES}


@dataclass(frozen=True)
class Settings:
    """What the learner sets."""

    window_size: int = choice("Window and grid size", 7, {4: "4×4", 7: "7×7", 14: "14×14"})
    sharpness: int = slider(
        "Sharpness of the softmax", 3, low=-4, high=6, reads=Reads(before="×", power=2)
    )
    query: tuple[int, int] = point("Query", (7, 9), size=(SIDE, SIDE))


@dataclass(frozen=True)
class Result:
    """What the views show, in the order of KINDS."""

    weights: Float32[np.ndarray, "kinds h w"]
    asked: UInt8[np.ndarray, "kinds h w"]  # 1 where a cell is asked
    counts: Int32[np.ndarray, " kinds"]  # cells that are asked
    tops: Float32[np.ndarray, " kinds"]  # the greatest weight
    points: Float32[np.ndarray, "p xy"]  # sampling points in cells from the map's edge
    frame1: UInt8[np.ndarray, "tall wide rgb"]
    expected: tuple[float, float]  # (x, y) of the cell in frame 1
    flow: tuple[float, float]  # in pixels
    truth: tuple[float, float]
    known: bool
    equal: float  # among as many equal cells "all" would be as unsure


@lru_cache(maxsize=1)
def _scene() -> Pair:
    return scene_pair(PICTURE_SIZE)


def compute(settings: Settings, pair: Pair | None = None) -> Result:
    """Ask the same question everywhere."""
    pair = _scene() if pair is None else pair
    tokens0, tokens1 = tokens(pair.frame0), tokens(pair.frame1)
    row, column = settings.query
    here = row * SIDE + column
    scale = 2.0**settings.sharpness
    own, other = (scale * scores(tokens0[here], x) for x in (tokens0, tokens1))
    free = torch.ones(SIDE, SIDE, dtype=torch.bool)
    weights, asked = {}, {}
    for kind in ("window", "grid"):
        asked[kind] = _group(kind, settings)
    asked["shifted"] = _shifted(settings)
    asked["all"] = asked["matching"] = asked["channel"] = free
    for kind in ("window", "shifted", "grid", "all", "matching"):
        weights[kind] = _softmax(other if kind == "matching" else own, asked[kind])
    lines = [_group(kind, settings) for kind in ("rows", "columns")]
    asked["axial"] = lines[0] | lines[1]
    weights["axial"] = torch.maximum(*(_softmax(own, line) for line in lines))
    weights["channel"] = shares(tokens0)
    locations = star(settings.query)
    weights["deformable"] = _sampled(locations)
    asked["deformable"] = weights["deformable"] > 0
    x, y = (weights["matching"][..., None] * coordinates((SIDE, SIDE))).sum((0, 1)).tolist()
    return Result(
        weights=torch.stack([weights[kind] for kind in KINDS]).float().numpy(),
        asked=torch.stack([asked[kind] for kind in KINDS]).byte().numpy(),
        counts=np.array([int(asked[kind].sum()) for kind in KINDS], dtype=np.int32),
        tops=np.array([float(weights[kind].max()) for kind in KINDS], dtype=np.float32),
        points=(locations * SIDE).numpy(),
        frame1=as_bytes(pair.frame1[0]),
        expected=(x, y),
        flow=((x - column) * PATCH, (y - row) * PATCH),
        truth=_truth(pair, settings.query),
        known=pair.flow is not None,
        equal=2.0 ** float(torch.special.entr(weights["all"]).sum() / np.log(2)),
    )


def tokens(frame: Float[Tensor, "1 rgb h w"]) -> Float[Tensor, "n c"]:
    """The patches as rows of colors."""
    return rearrange(frame[0], "rgb (h p) (w q) -> (h w) (p q rgb)", p=PATCH, q=PATCH)


def scores(query: Float[Tensor, " c"], keys: Float[Tensor, "n c"]) -> Float[Tensor, "h w"]:
    """Minus the squared distance of colors.

    The softmax does not see the query's own length, so that this is a product of queries and
    keys: −|q − k|² = [2q, 1] · [k, −|k|²] − |q|².
    """
    return rearrange(-((keys - query) ** 2).sum(-1), "(h w) -> h w", h=SIDE)


def shares(x: Float[Tensor, "n c"]) -> Float[Tensor, "h w"]:
    """What each cell gives to the channels × channels products: its part of their diagonal.

    The sum over the diagonal of xᵀ x is the sum of all cells' squared lengths.
    """
    squares = (x**2).sum(-1)
    return rearrange(squares / squares.sum(), "(h w) -> h w", h=SIDE)


def star(query: tuple[int, int]) -> Float[Tensor, "p xy"]:
    """The points of a query before any training: one direction a head, one cell a step.

    Units: (x, y) in [0, 1] between the map's edges. Paper: Deformable DETR, appendix A.4.
    """
    angle = torch.arange(HEADS) * (2 * torch.pi / HEADS)
    way = torch.stack([angle.cos(), angle.sin()], dim=-1)
    way = way / way.abs().amax(-1, keepdim=True)  # steps of whole cells, also along diagonals
    steps = torch.arange(1, POINTS + 1)
    offsets = rearrange(way[:, None] * steps[None, :, None], "heads points xy -> (heads points) xy")
    place = torch.tensor([query[1] + 0.5, query[0] + 0.5])
    return ((place + offsets) / SIDE).float()


def _sampled(locations: Float[Tensor, "p xy"]) -> Float[Tensor, "h w"]:
    """What each cell gives to the query: read one-hot values, and one sees who was read."""
    n = SIDE * SIDE
    values = rearrange(torch.eye(n), "n d -> 1 n 1 d")
    weights = torch.full((1, 1, 1, 1, len(locations)), 1 / len(locations))
    at = rearrange(locations, "p xy -> 1 1 1 1 p xy")
    read = deformable_attention(values, sizes=((SIDE, SIDE),), locations=at, weights=weights)
    read = rearrange(read, "1 1 1 (h w) -> h w", h=SIDE)
    return read.where(read > 1e-5, 0.0)  # rounding puts a little into the neighbors


def _softmax(score: Float[Tensor, "h w"], asked: Bool[Tensor, "h w"]) -> Float[Tensor, "h w"]:
    hidden = score.masked_fill(~asked, float("-inf"))
    return rearrange(hidden.flatten().softmax(-1), "(h w) -> h w", h=SIDE)


def _group(kind: str, settings: Settings) -> Bool[Tensor, "h w"]:
    number = groups(kind, SIDE, settings.window_size)  # type: ignore[arg-type]
    return number == number[settings.query]


def _shifted(settings: Settings) -> Bool[Tensor, "h w"]:
    """The window of the rolled map, less what the mask hides, rolled back."""
    size = (settings.window_size, settings.window_size)
    shift = (size[0] // 2, size[1] // 2)
    labels = region_labels((SIDE, SIDE), window_size=size, shift_size=shift)
    windows = partition_windows(labels[None, ..., None], window_size=size)
    windows = windows + 9 * torch.arange(windows[..., 0, 0].numel()).reshape(
        *windows.shape[:3], 1, 1
    )
    rolled = merge_windows(windows, window_size=size)
    number = cyclic_unshift(rolled, shift_size=shift)[0, ..., 0]
    return number == number[settings.query]


def _truth(pair: Pair, query: tuple[int, int]) -> tuple[float, float]:
    if pair.flow is None:
        return 0.0, 0.0
    y, x = (PATCH * at + PATCH // 2 for at in query)
    dx, dy = pair.flow[0, :, y, x].tolist()
    return dx, dy


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    count = dict(zip(KINDS, result.counts.tolist(), strict=True))
    row, column = settings.query
    truth = f" (truth: {signed(result.truth)})" if result.known else ""
    number = max(round(result.equal), 1)
    equal = "sure of one" if number == 1 else f"as unsure as among {number} equal ones"
    return (
        f"Row {row}, column {column} asks {count['window']} of {count['all']} cells in its window, "
        f"{count['shifted']} in the shifted one, {count['grid']} in the grid, {count['axial']} in "
        f"row and column; across channels all {count['channel']} fill one {CHANNELS}×{CHANNELS} "
        f"matrix; {len(result.points)} points read {counted(count['deformable'], 'cell')}. All "
        f"cells: {equal}. Matching expects {signed(result.flow)} px{truth}."
    )


def sweep() -> Iterator[Settings]:
    """Every size, every sharpness, queries at the corners and between."""
    sides = (0, 3, 9, 14, 21, 27)
    places = list(product(sides, sides))
    for number, place in enumerate(places):
        yield Settings((4, 7, 14)[number % 3], number % 11 - 4, place)

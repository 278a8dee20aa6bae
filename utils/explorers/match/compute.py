"""One query's probability over frame 1, before or after the transformer; never all rows at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float, Float32, UInt8
from torch import Tensor

from utils.errors import ConfigError
from utils.explorers.pair import SIZE, Pair, scene_pass, take
from utils.explorers.pair import default_model as default_model
from utils.explorers.picture import as_bytes
from utils.explorers.settings import cell_at, choice, point
from utils.ops import coordinates, match_probability
from utils.tap import watching

LATTICE = (24, 24)  # places of the query; a coarser model has fewer cells than places
CELL = 14  # pixels on the screen
PICTURE_SIZE = SIZE
RADIUS = 4  # of the local window that the paper compares with
CONSTANTS = {"size": LATTICE, "cell": CELL}
Features = tuple[Float[Tensor, "1 rows columns c"], Float[Tensor, "1 rows columns c"]]
Stage = Literal["before", "after"]
Search = Literal["global", "local"]
Inside = dict[str, Features]


@dataclass(frozen=True)
class Settings:
    """What the learner sets."""

    stage: Stage = choice("Transformer", "after", {"before": "Before", "after": "After"})
    search: Search = choice("Search", "global", {"global": "Everywhere", "local": "Radius 4"})
    query: tuple[int, int] = point("Query", (7, 7), size=LATTICE)


@dataclass(frozen=True)
class Result:
    """What the view shows; places are (x, y) in cells of the map, motion in pixels."""

    probability: Float32[np.ndarray, "h w"]  # of each cell of frame 1; sums to 1
    frame1: UInt8[np.ndarray, "tall wide 3"]
    token: tuple[int, int]  # the query's cell (row, column)
    expected: tuple[float, float]
    flow: tuple[float, float]
    known: bool  # whether the true motion is
    truth: tuple[float, float]
    hidden: bool  # frame 1 does not show what stands here
    bits: float  # entropy
    spread: float  # 2 to the entropy: as many cells, equally probable, would be as unsure
    top: tuple[int, int]  # the most probable cell (row, column)
    stride: int  # pixels per cell


def run(model: Any, frame0: Float[Tensor, "1 3 h w"], frame1: Float[Tensor, "1 3 h w"]) -> Inside:
    """One pass; the features of both frames before and after the transformer (on the CPU)."""
    with watching(model, "features", "feature0", "feature1") as seen:
        model(*take(model, frame0, frame1))
    if not {"features", "feature0", "feature1"} <= set(seen):
        raise ConfigError(
            f"a {type(model).__name__} came that shows no features",
            allowed='a model of flow taps "features", "feature0" and "feature1"',
            mend='make it with create_model("gmflow"), or add the taps to yours',
        )
    before = seen["features"][0].float().cpu().chunk(2)  # of the first, global scale
    after = (seen["feature0"][0].float().cpu(), seen["feature1"][0].float().cpu())
    return {"before": (before[0], before[1]), "after": after}


_scene = scene_pass(run)


def compute(settings: Settings, inside: Inside | None = None, pair: Pair | None = None) -> Result:
    """The query's row, where it expects its cell, and how sure it is."""
    if inside is None or pair is None:
        inside, pair = _scene()
    feature0, feature1 = inside[settings.stage]
    h, w = feature0.shape[1:3]
    row, column = cell_at(settings.query, size=(h, w), lattice=LATTICE)
    radius = RADIUS if settings.search == "local" else None
    probability = match_probability(feature0, feature1, at=(row, column), radius=radius)[0]
    x, y = (probability[..., None] * coordinates((h, w))).sum((0, 1)).tolist()
    stride = pair.frame0.shape[-1] // w
    bits = float(torch.special.entr(probability).sum()) / float(np.log(2))
    at_pixel = (row * stride + stride // 2, column * stride + stride // 2)
    truth, hidden = (0.0, 0.0), False
    if pair.flow is not None and pair.hidden is not None:
        dx, dy = pair.flow[(0, slice(None), *at_pixel)].tolist()
        truth, hidden = (dx, dy), bool(pair.hidden[(0, *at_pixel)])
    top = np.unravel_index(int(probability.argmax()), (h, w))
    return Result(
        probability=probability.numpy(),
        frame1=as_bytes(pair.frame1[0]),
        token=(row, column),
        expected=(x, y),
        flow=((x - column) * stride, (y - row) * stride),
        known=pair.flow is not None,
        truth=truth,
        hidden=hidden,
        bits=bits,
        spread=2**bits,
        top=(int(top[0]), int(top[1])),
        stride=stride,
    )


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    h, w = result.probability.shape
    row, column = result.token
    where = "up to 4 cells away" if settings.search == "local" else f"among all {h * w} cells"
    dx, dy = result.flow
    truth = ""
    if result.known:
        error = np.hypot(dx - result.truth[0], dy - result.truth[1])
        truth = f", {error:.0f} px from the truth ({signed(result.truth)})"
    if result.hidden:
        truth += "; frame 1 does not show this place"
    return (
        f"{settings.stage.capitalize()} the transformer, row {row}, column {column} "
        f"sought {where}: {_unsure(result.spread)} "
        f"({result.bits:.1f} bits). Expected motion {signed(result.flow)} px{truth}."
    )


def _unsure(spread: float) -> str:
    number = max(round(spread), 1)
    return "sure of one cell" if number == 1 else f"as unsure as among {number} equal cells"


def signed(motion: tuple[float, float]) -> str:
    """A motion in words: (x, y), rounded to whole pixels.

    >>> signed((3.2, -0.2))
    'right 3, down 0'
    """
    x, y = (round(part) for part in motion)
    return f"{'left' if x < 0 else 'right'} {abs(x)}, {'up' if y < 0 else 'down'} {abs(y)}"


def sweep() -> Iterator[Settings]:
    """Every kind of features and of search, over places all over the frame."""
    stages: tuple[Stage, ...] = ("before", "after")
    searches: tuple[Search, ...] = ("global", "local")
    for stage, search in product(stages, searches):
        for query in product((0, 7, 15, 23), (0, 9, 17, 23)):
            yield Settings(stage, search, query)

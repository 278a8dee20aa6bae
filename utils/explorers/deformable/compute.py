"""The sampling points of one query of a ViT-Adapter: where it reads, and how much of each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float, Float32, UInt8
from torch import Tensor

from utils.errors import ConfigError
from utils.explorers.adapters import (
    INTERACTIONS,
    SIDE_STRIDES,
    adapter_of,
    default_model,
    fitted,
    says,
    side_of,
)
from utils.explorers.picture import scene_pass
from utils.explorers.settings import cell_at, choice, point, slider, sweep_of
from utils.tap import watching

__all__ = ["default_model", "says", "side_of"]

LATTICE = (16, 16)  # places of the query; some maps have fewer cells than places
CELL = 24  # pixels on the screen
PICTURE_SIZE = (LATTICE[0] * CELL, LATTICE[1] * CELL)
CONSTANTS = {"size": LATTICE, "cell": CELL, "strides": SIDE_STRIDES}
VIT = 16  # the stride of the plain ViT's map
Asks = Literal["vit", "8", "16", "32"]


@dataclass(frozen=True)
class Settings:
    """What the learner sets."""

    asks: Asks = choice(
        "Who asks: the ViT, or the side path at",
        "vit",
        {"vit": "ViT", "8": "1/8", "16": "1/16", "32": "1/32"},
    )
    interaction: int = slider("Interaction", 1, low=0, high=INTERACTIONS - 1)
    heads: Literal["one", "all"] = choice("Heads", "one", {"one": "One", "all": "All together"})
    head: int = slider("Head", 0, low=0, high=15)
    query: tuple[int, int] = point("Query", (7, 6), size=LATTICE)


@dataclass(frozen=True)
class Layer:
    """What one deformable attention did in the pass."""

    locations: Float[Tensor, "i heads levels points 2"]
    weights: Float[Tensor, "i heads levels points"]


@dataclass(frozen=True)
class Inside:
    """All deformable attentions of one pass over a square picture."""

    side: int  # pixels of the picture
    injectors: list[Layer]
    extractors: list[Layer]


@dataclass(frozen=True)
class Result:
    """What the view shows."""

    points: Float32[np.ndarray, "p 2"]  # (x, y) in [0, 1] between the edges of the picture
    weights: Float32[np.ndarray, "p"]  # those of one head sum to 1
    stride: UInt8[np.ndarray, "p"]  # of the map that the point reads: 8, 16 or 32
    shares: Float32[np.ndarray, "3"]  # of all weight, by map; they sum to 1
    token: tuple[int, int]  # row and column of the query
    size: int  # side of the query's map
    away: float  # mean distance of a point, by weight, in pixels of the model's picture
    outside: int  # points beyond the picture, which read 0
    side: int  # pixels of the model's picture
    head: int
    last_head: int


def run(model: Any, picture: Float[Tensor, "1 rgb h w"]) -> Inside:
    """One pass with all points and weights kept (on the CPU)."""
    adapter = adapter_of(model)
    if adapter.config.attention != "deformable":
        raise ConfigError(
            f"a ViT-Adapter with {adapter.config.attention} attention came",
            allowed='this view shows sampling points, which attention="deformable" alone has',
            mend='build it with create_model(name, attention="deformable"), the default',
        )
    pixels = fitted(picture, model)
    with watching(adapter, "interactions.*.attention.*") as seen:
        adapter(pixels)

    def kept(part: str) -> list[Layer]:
        paths = [f"interactions.{i}.{part}.attention" for i in range(len(adapter.interactions))]
        names = ("locations", "weights")
        return [Layer(*(seen[f"{path}.{n}"][0][0].float().cpu() for n in names)) for path in paths]

    return Inside(pixels.shape[-1], kept("injector"), kept("extractor"))


_scene_inside = scene_pass(run, default_model, PICTURE_SIZE, side_of=side_of)


def compute(settings: Settings, inside: Inside | None = None) -> Result:
    """Cut out one query's points; a head beyond the model's last one means the last one."""
    inside = _scene_inside() if inside is None else inside
    injects = settings.asks == "vit"
    layer = (inside.injectors if injects else inside.extractors)[settings.interaction]
    last_head = layer.weights.shape[1] - 1
    head = min(settings.head, last_head)
    heads = slice(None) if settings.heads == "all" else slice(head, head + 1)

    stride = VIT if injects else int(settings.asks)
    size = inside.side // stride
    row, column = cell_at(settings.query, size=(size, size), lattice=LATTICE)
    before = 0 if injects else sum((inside.side // s) ** 2 for s in SIDE_STRIDES if s < stride)
    index = before + row * size + column

    locations, weights = layer.locations[index, heads], layer.weights[index, heads]
    read = SIDE_STRIDES if injects else (VIT,)
    strides = torch.tensor(read).reshape(1, -1, 1).expand(weights.shape)
    share = weights / weights.sum()
    own = torch.tensor([(column + 0.5) / size, (row + 0.5) / size])
    away = ((locations - own).norm(dim=-1) * share).sum() * inside.side
    return Result(
        points=locations.reshape(-1, 2).numpy(),
        weights=weights.reshape(-1).numpy(),
        stride=strides.reshape(-1).byte().numpy(),
        shares=torch.stack([share[strides == s].sum() for s in SIDE_STRIDES]).numpy(),
        token=(row, column),
        size=size,
        away=float(away),
        outside=int(((locations < 0) | (locations > 1)).any(dim=-1).sum()),
        side=inside.side,
        head=head,
        last_head=last_head,
    )


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    row, column = result.token
    count = len(result.weights)
    heads = "all heads" if settings.heads == "all" else f"head {result.head}"
    place = f"row {row}, column {column} of {result.size}×{result.size}"
    if settings.asks == "vit":
        who = f"Injector {settings.interaction}, {heads}: the ViT's token in {place}"
        shares = ", ".join(
            f"1/{s} gets {100 * w:.0f} %" for s, w in zip(SIDE_STRIDES, result.shares, strict=True)
        )
        what = f"reads {count} points of the side path ({shares} of the weight)"
    else:
        who = f"Extractor {settings.interaction}, {heads}: the side path's cell in {place}"
        what = (
            f"reads {count} points of the ViT's map, the heaviest with {result.weights.max():.2f}"
        )
    beyond = f" {result.outside} lie outside and read 0." if result.outside else ""
    return f"{who} {what}, {result.away:.0f} of {result.side} pixels away on average.{beyond}"


def sweep() -> Iterator[Settings]:
    """Every layer and who asks it in it; every value of the sliders; queries all over the map."""
    yield from sweep_of_sliders()
    places = list(product(range(0, 16, 3), range(0, 16, 5)))
    asking: tuple[Asks, ...] = ("vit", "8", "16", "32")
    for number, (asks, interaction) in enumerate(product(asking, range(INTERACTIONS))):
        yield Settings(asks, interaction, "all", 0, places[number % len(places)])


def sweep_of_sliders() -> Iterator[Settings]:
    """One control at a time, the query at the corners only."""
    corners = {(0, 0), (0, LATTICE[1] - 1), (LATTICE[0] - 1, 0), (LATTICE[0] - 1, LATTICE[1] - 1)}
    start = Settings()
    for settings in sweep_of(Settings):
        if settings.query in corners or settings == replace(settings, query=start.query):
            yield settings

"""One box of a model's drawing: what it gives, what it reads, the code that ran, its view.

The drawing itself is laid out from a real pass (`utils.figures.network_layout`).
"""

import inspect
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from functools import cache, lru_cache
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from utils.checkpoints import load_shipped
from utils.explorers.pair import moved_pair, scene_pair
from utils.explorers.picture import Picture, as_bytes, fill
from utils.explorers.restormers import seen_through
from utils.explorers.settings import choice, slider, sweep_of
from utils.explorers.words import counted
from utils.figures.network_layout import Layout, lay_out
from utils.figures.network_plans import NETWORKS, is_open, kind_of, network_of
from utils.figures.style import SEQUENTIAL
from utils.tracing import show_source
from utils.tracing.dataflow import Dataflow, Part, dataflow
from utils.training import prepare
from utils.world.scene import scene_picture

PICTURE_SIZE = (128, 128)
SIZES = {"64x64": "64×64", "64x96": "64×96", "128x128": "128×128"}
SHIPPED = {"vit_adapter": "vit_adapter_nano_segmenter"}  # the others are NAME_nano
RAIN = ("rain", 0.6)  # what a Restormer is given
BOXES, CHANNELS, PANELS = 60, 192, 6  # the most that the sliders reach; maps beside each other
DRAWING = 306  # pixels that the tallest drawing takes
CONSTANTS = {"drawing": DRAWING, "panels": PANELS}
Network = Literal["swin", "maxvit", "restormer", "gmflow", "vit_adapter"]


@dataclass(frozen=True)
class Settings:
    """What the learner sets."""

    network: Network = choice("Network", "swin", NETWORKS)
    size: Literal["64x64", "64x96", "128x128"] = choice("Picture (pixels)", "64x64", SIZES)
    box: int = slider("Box, in the order of the pass", 3, low=1, high=BOXES)
    channel: int = slider("First channel shown", 1, low=1, high=CHANNELS)


@dataclass(frozen=True)
class Inside:
    """A pass of one model, the drawing made of it, and the code that was asked for so far."""

    network: str
    flow: Dataflow
    layout: Layout
    pictures: UInt8[np.ndarray, "n h w rgb"]
    codes: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What the view shows."""

    drawing: dict[str, Any]
    opened: int  # number of the box, from 0
    pictures: UInt8[np.ndarray, "n h w rgb"]
    path: str
    module: str
    said: str
    shape: str
    reads: list[str]
    maps: UInt8[np.ndarray, "panels rows columns rgb"]
    captions: list[str]
    code: str
    views: list[str]
    first: int  # channel, from 1
    last: int  # the greatest `first`
    channels: int


@lru_cache(maxsize=len(NETWORKS))
def shipped(network: str) -> nn.Module:
    """The small model of this kind that comes with the course."""
    return load_shipped(SHIPPED.get(network, f"{network}_nano"))


def default_model() -> nn.Module:
    """The first one that is shown."""
    return shipped("swin")


def pictures(settings: Settings, own: Picture | None) -> list[Float[Tensor, "1 rgb tall wide"]]:
    """The scene, or the learner's own picture, as this network gets it: two frames, or in rain."""
    h, w = (int(side) for side in settings.size.split("x"))
    own = None if own is None else fill(own, size=(h, w))
    if settings.network == "gmflow":
        pair = scene_pair((h, w)) if own is None else moved_pair(own)
        return [pair.frame0, pair.frame1]
    picture = scene_picture((h, w)) if own is None else own[None]
    return [seen_through(picture, *RAIN) if settings.network == "restormer" else picture]


def run(model: Any, *given: Float[Tensor, "1 rgb h w"]) -> Inside:
    """One pass in which every part is written down (on the CPU)."""
    network = network_of(model)
    flow = dataflow(model, *(prepare(x, model) for x in given), is_open=is_open)
    shown = np.stack([as_bytes(x[0].cpu().clamp(0, 1)) for x in given])
    return Inside(network, flow, lay_out(flow, model), shown)


@cache
def _scene_inside(network: str, size: str) -> Inside:
    settings = Settings(network=network, size=size)  # type: ignore[arg-type]
    with torch.no_grad():
        return run(shipped(network), *pictures(settings, None))


def compute(settings: Settings, inside: Inside | None = None) -> Result:
    """The opened box; sliders beyond the last box or channel mean the last."""
    inside = _scene_inside(settings.network, settings.size) if inside is None else inside
    opened = min(settings.box, len(inside.layout.boxes)) - 1
    number = inside.layout.boxes[opened]["parts"][0]
    part = inside.flow.parts[number]
    kind = kind_of(inside.network, part.path, part.module)
    maps = _maps(part)
    channels = maps[0][1].shape[-1]
    each = max(PANELS // len(maps), 1)
    last = max(channels - each + 1, 1)
    first = 1 if maps[0][1].ndim == 1 else min(settings.channel, last)
    panels, captions = _panels(maps[:PANELS], first - 1, each)
    return Result(
        drawing=asdict(inside.layout),
        opened=opened,
        pictures=inside.pictures,
        path=part.path.removeprefix("backbone."),
        module=type(part.module).__name__,
        said=kind.said,
        shape=" + ".join("×".join(map(str, x.shape)) for _, x in maps),
        reads=[_name_of(inside, number) for number in part.sources],
        maps=panels,
        captions=captions,
        code=_code(inside, number),
        views=list(kind.views),
        first=first,
        last=last,
        channels=channels,
    )


def _name_of(inside: Inside, number: int) -> str:
    if number >= 0:
        return inside.flow.parts[number].path.removeprefix("backbone.")
    return f"frame {-1 - number}" if len(inside.flow.inputs) > 1 else "the picture"


def _maps(part: Part) -> list[tuple[str, Tensor]]:
    """Every map (h, w, c), or vector (c,), that a part gave, with its name where there are more."""
    found = [x.float() for x in part.outputs]
    if len(found) > 1:
        return [(f"map {number}, ", x[0]) for number, x in enumerate(found, start=1)]
    if len(found[0]) > 1:
        return [(f"frame {number}, ", x) for number, x in enumerate(found[0])]
    return [("", found[0][0])]


def _panels(
    maps: list[tuple[str, Tensor]], first: int, each: int
) -> tuple[UInt8[np.ndarray, "panels h w rgb"], list[str]]:
    """So many channels of every map, each from its least value (dark) to its greatest (bright)."""
    if maps[0][1].ndim == 1:
        values = maps[0][1].numpy()
        wide = min(16, len(values))
        tall = -(-len(values) // wide)
        grid = np.full(tall * wide, values.min())
        grid[: len(values)] = values
        shown = _colored(grid.reshape(tall, wide))[None]
        return shown, [f"all {len(values)} numbers: {_ends(values)}"]
    panels, captions = [], []
    h, w = maps[0][1].shape[:2]
    for name, one in maps:
        for channel in range(first, min(first + each, one.shape[-1])):
            values = one[..., channel].numpy()
            panels.append(_enlarged(_colored(values), (h, w)))
            captions.append(f"{name}channel {channel + 1}: {_ends(values)}")
    return np.stack(panels), captions


def _colored(values: Float[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w rgb"]:
    low, high = float(values.min()), float(values.max())
    return mpl.colormaps[SEQUENTIAL]((values - low) / max(high - low, 1e-12), bytes=True)[..., :3]


def _enlarged(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Nearest cells: a coarse map as large as the first one."""
    rows, columns = (
        np.arange(side) * have // side for side, have in zip(size, pixels.shape, strict=False)
    )
    return pixels[rows[:, None], columns]


def _ends(values: np.ndarray) -> str:
    return f"{values.min():.1f} to {values.max():.1f}".replace("-", "−")


def _code(inside: Inside, number: int) -> str:
    """The part's forward and the methods that it calls, with the shapes of this very pass."""
    if number not in inside.codes:
        part = inside.flow.parts[number]
        module = deepcopy(part.module).cpu()
        kind = type(module)
        called = inspect.unwrap(kind.forward).__code__.co_names
        own = [vars(kind)[name] for name in called if inspect.isroutine(vars(kind).get(name))]
        inside.codes[number] = show_source(module, *own, example=part.args, **part.kwargs).text
    return inside.codes[number]


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    boxes = result.drawing["boxes"]
    last = result.first + max(PANELS // (result.shape.count("+") + 1), 1) - 1
    which = f"channels {result.first} to {min(last, result.channels)} of {result.channels}"
    what = which if "×" in result.shape else f"all {counted(result.channels, 'number')}"
    views = " and ".join(f'explore("{name}")' for name in result.views)
    return (
        f"Box {result.opened + 1} of {len(boxes)}, {result.path} ({result.module}): {result.said}. "
        f"It reads {', '.join(result.reads)} and gives {result.shape}; shown: {what}."
        + (f" More: {views}." if views else "")
    )


def sweep() -> Iterator[Settings]:
    """Every control over its range, and each box of every network in one size."""
    yield from sweep_of(Settings)
    for network in NETWORKS:
        boxes = len(_scene_inside(network, "64x64").layout.boxes)
        yield from (
            Settings(network, "64x64", box, 2)  # type: ignore[arg-type]
            for box in range(1, boxes + 1)
        )

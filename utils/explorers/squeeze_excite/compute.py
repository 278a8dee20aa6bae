"""The gates of one MBConv: for the shown picture, and on average for every class of shapes."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import matplotlib as mpl
import numpy as np
import torch
from einops import rearrange, reduce
from jaxtyping import Float, Float32, Int32, UInt8
from torch import Tensor, nn
from torch.nn import functional

from utils.checkpoints import load_shipped
from utils.explorers.answers import Answer, answer_of, logits_of
from utils.explorers.picture import as_bytes, scene_pass
from utils.explorers.settings import choice, point, slider
from utils.figures.style import DIVERGING
from utils.tap import watching
from utils.training import prepare
from utils.world import CLASSES, ShapesWorld, WorldConfig

SIDE = 64  # of every picture that the model sees here: the size that the small model learned from
PER_CLASS = 6  # unseen scenes
CHANNELS = 20  # that are shown, the most telling ones
NAMES = ("this picture", *CLASSES)  # of the rows
ROWS = len(NAMES)
CELL = 18  # pixels on the screen
PICTURE_SIZE = (272, 272)
Mode = Literal["gate", "difference"]
Order = Literal["classes", "picture"]


@dataclass(frozen=True)
class Settings:
    """What the learner sets."""

    mode: Mode = choice(
        "Colors show", "gate", {"gate": "Gates", "difference": "Difference from the mean"}
    )
    order: Order = choice(
        "Channels in front",
        "classes",
        {"classes": "Tell classes apart", "picture": "Unusual in this picture"},
    )
    layer: int = slider("MBConv", 2, low=0, high=23)
    picked: tuple[int, int] = point("Row and channel", (0, 0), size=(ROWS, CHANNELS))


@dataclass(frozen=True)
class MBConvRun:
    """What one MBConv did: its gates in all pictures, its filtered maps in those that are shown."""

    name: str
    gates: Float[Tensor, "pictures c"]  # the shown picture, then PER_CLASS of each class
    filtered: Float[Tensor, "rows h w c"]  # the shown picture, then the first of each class


@dataclass(frozen=True)
class Inside:
    """What one pass kept."""

    layers: list[MBConvRun]
    logits: (
        Float[Tensor, "rows classes"] | None
    )  # of the shown picture, then the first of each class


@dataclass(frozen=True)
class Result:
    """What the view shows."""

    gates: Float32[np.ndarray, "rows shown"]  # of the picture, and mean gates of the classes
    means: Float32[np.ndarray, " shown"]  # over the classes
    channels: Int32[np.ndarray, " shown"]
    example: UInt8[np.ndarray, "side side rgb"]  # the picture of the row
    filtered: Float32[np.ndarray, "h w"]  # its picked channel before the gate
    gate: float  # and the gate
    channel: int
    between: float  # part of the channel's variance over the scenes that lies between the classes
    name: str  # of the MBConv
    last_layer: int
    hidden: int
    says: list[str]  # the most probable classes of the row's picture
    parts: Float32[np.ndarray, " top"]  # and their probabilities


@lru_cache(maxsize=1)
def default_model() -> nn.Module:
    """The small MaxViT that comes with the course."""
    return load_shipped("maxvit_nano")


@lru_cache(maxsize=1)
def scenes() -> Float[Tensor, "pictures rgb side side"]:
    """Unseen scenes, PER_CLASS of every class in turn."""
    world = ShapesWorld(WorldConfig(size=(SIDE, SIDE)), split="test")
    drawn = world.scenes(range(40 * len(CLASSES)))
    labels = drawn.label.gather(1, drawn.subject[:, None])[:, 0]
    chosen = [(labels == number).nonzero()[:PER_CLASS, 0] for number in range(len(CLASSES))]
    return world.pictures(torch.cat(chosen).tolist())[0]


def run(model: nn.Module, picture: Float[Tensor, "1 rgb h w"]) -> Inside:
    """One pass over the picture and the scenes, with what every MBConv did (on the CPU)."""
    small = functional.interpolate(picture, (SIDE, SIDE), mode="bilinear", antialias=True)
    pictures = torch.cat([small.clamp(0, 1), scenes().to(picture.device)])
    with watching(model, "*.mbconv.filtered", "*.mbconv.squeeze_excite.gates") as seen:
        logits = logits_of(model(prepare(pictures, model)))
    inside = []
    for key, (filtered,) in seen.items():
        if not key.endswith(".filtered"):
            continue
        path = key.removesuffix(".filtered")
        (gates,) = seen[f"{path}.squeeze_excite.gates"]
        shown = torch.cat([filtered[:1], filtered[1::PER_CLASS]])
        inside.append(MBConvRun(_name(path), gates.float().cpu(), shown.float().cpu()))
    rows = [0, *range(1, len(pictures), PER_CLASS)]
    return Inside(inside, None if logits is None else logits[rows])


def side_of(model: nn.Module) -> int:
    """The side of the pictures that the small model learned from."""
    return SIDE


def _name(path: str) -> str:
    """stages.0.blocks.1.mbconv -> stage 0, block 1."""
    parts = path.split(".")
    return f"stage {parts[1]}, block {parts[3]}" if parts[0] == "stages" else path


_scene_inside = scene_pass(run, default_model, PICTURE_SIZE, side_of=side_of)


def compute(settings: Settings, inside: Inside | None = None) -> Result:
    """The most telling channels of one MBConv, and the picked one on the picture of its row."""
    inside = _scene_inside() if inside is None else inside
    layer = inside.layers[min(settings.layer, len(inside.layers) - 1)]
    mine, others = layer.gates[0], layer.gates[1:]
    by_class = rearrange(others, "(kind scene) c -> kind scene c", scene=PER_CLASS)
    classes = reduce(by_class, "kind scene c -> kind c", "mean")
    means = reduce(classes, "kind c -> c", "mean")
    between, whole = classes.var(0, correction=0), others.var(0, correction=0)
    telling = between if settings.order == "classes" else (mine - means).abs()
    # Rounded, so that the order is the same on every machine.
    order = telling.mul(1e5).round().argsort(descending=True, stable=True)[:CHANNELS]
    row, rank = settings.picked
    channel = int(order[min(rank, len(order) - 1)])
    gates = torch.cat([mine[None], classes])[:, order]
    answer = answer_of(None if inside.logits is None else inside.logits[row])
    return Result(
        gates=gates.numpy(),
        means=means[order].numpy(),
        channels=order.int().numpy(),
        example=as_bytes(scenes()[(row - 1) * PER_CLASS]) if row else np.zeros((1, 1, 3), np.uint8),
        filtered=layer.filtered[row, :, :, channel].numpy(),
        gate=float(layer.gates[1 + (row - 1) * PER_CLASS if row else 0, channel]),
        channel=channel,
        between=float(between[channel] / whole[channel].clamp(min=1e-12)),
        name=layer.name,
        last_layer=len(inside.layers) - 1,
        hidden=len(mine),
        says=answer.names,
        parts=answer.parts,
    )


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    row, rank = settings.picked[0], min(settings.picked[1], len(result.channels) - 1)
    column = result.gates[:, rank]
    top, low = (int(find(column[1:])) for find in (np.argmax, np.argmin))
    who = f"in {PER_CLASS} scenes with a {CLASSES[row - 1]}" if row else "in this picture"
    mean = f"{result.means[rank]:.2f} over all classes"
    against = f"on average {mean}"
    if settings.mode == "difference":
        against = f"{column[row] - result.means[rank]:+.2f} from the mean {mean}"
    sort = "tells classes apart" if settings.order == "classes" else "is unusual in this picture"
    return (
        f"MBConv {min(settings.layer, result.last_layer)} ({result.name}), channel "
        f"{result.channel} of {result.hidden} {sort}: its gate is {column[row]:.2f} {who}, "
        f"{against}. It opens most for {CLASSES[top]} "
        f"({column[1 + top]:.2f}), least for {CLASSES[low]} ({column[1 + low]:.2f}). "
        f"{100 * result.between:.0f} % of its variance lies between the classes."
        + (f" {answer}" if (answer := str(Answer(result.says, result.parts))) else "")
    )


def sweep() -> Iterator[Settings]:
    """Every MBConv, both colors, both orders; rows and channels wander."""
    for number in range(48):
        mode: Mode = "gate" if number % 2 else "difference"
        order: Order = "picture" if number % 3 else "classes"
        picked = ((5 * number) % ROWS, (7 * number) % CHANNELS)
        yield Settings(mode, order, number % 24, picked)
    yield Settings(picked=(ROWS - 1, CHANNELS - 1))


def _diverging() -> list[list[int]]:
    """The map of differences as 65 colors, for the module."""
    return mpl.colormaps[DIVERGING](np.linspace(0, 1, 65), bytes=True)[:, :3].tolist()


CONSTANTS = {
    "rows": ROWS,
    "channels": CHANNELS,
    "cell": CELL,
    "names": NAMES,
    "perClass": PER_CLASS,
    "diverging": _diverging(),
}

"""The way of a picture through ViT-Adapter: in each step, who asks whom, and how much is read."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal

from utils.explorers.adapters import INTERACTIONS, SIDE_STRIDES
from utils.explorers.settings import choice, slider, sweep_of
from utils.models.vit_adapter import VARIANTS
from utils.models.vit_adapter.model import EXTRA_EXTRACTORS

STEPS = 3 * INTERACTIONS + 2  # start; inject, blocks, extract of every interaction; pyramid
PICTURE_SIZE = (128, 128)
LETTERS = {"nano": "nano", "t": "T", "s": "S", "b": "B", "l": "L"}
SIZE = (260, 720)  # of the drawing, in pixels
VIT_LANE, SIDE_LANE = 82, 200  # y
FIRST, APART = 132, 116  # x of the first interaction, and from one to the next
INJECT, BLOCKS, BLOCKS_WIDE, EXTRACT = 8, 22, 54, 92  # x within an interaction
CONSTANTS = {
    "steps": STEPS,
    "size": SIZE,
    "lanes": (VIT_LANE, SIDE_LANE),
    "groups": (FIRST, APART),
    "parts": (INJECT, BLOCKS, BLOCKS_WIDE, EXTRACT),
    "strides": SIDE_STRIDES,
    "extra": EXTRA_EXTRACTORS,
    "variants": {
        name: {
            "channels": (config := VARIANTS[f"vit_adapter_{name}"]).channels,
            "blocks": config.depth // INTERACTIONS,
            "vitHeads": config.num_heads,
            "heads": config.adapter_heads,
            "points": config.points,
        }
        for name in LETTERS
    },
}
Variant = Literal["nano", "t", "s", "b", "l"]


@dataclass(frozen=True)
class Settings:
    """What the learner sets."""

    step: int = slider("Step", 1, low=0, high=STEPS - 1)
    variant: Variant = choice("ViT-Adapter", "t", LETTERS)
    side: int = choice("Picture (pixels)", 224, {128: "128²", 224: "224²", 512: "512²"})


@dataclass(frozen=True)
class Result:
    """What the view shows."""

    interaction: int  # -1 before the first and after the last
    part: int  # of the interaction: 0 inject, 1 blocks, 2 extract; -1 at both ends
    tokens: int  # of the plain ViT
    cells: int  # of the side path, all three maps
    reads: int  # values that are read in this step by attention, by all heads


def compute(settings: Settings) -> Result:
    """Counts of one step."""
    config = VARIANTS[f"vit_adapter_{settings.variant}"]
    tokens = (settings.side // 16) ** 2
    cells = sum((settings.side // stride) ** 2 for stride in SIDE_STRIDES)
    interaction, part, reads = -1, -1, 0
    if 0 < settings.step < STEPS - 1:
        interaction, part = divmod(settings.step - 1, 3)
        each = config.adapter_heads * config.points
        blocks = config.depth // INTERACTIONS
        extractors = 1 + (EXTRA_EXTRACTORS if interaction == INTERACTIONS - 1 else 0)
        reads = (
            tokens * each * len(SIDE_STRIDES),
            blocks * config.num_heads * tokens**2,
            cells * each * extractors,
        )[part]
    return Result(interaction, part, tokens, cells, reads)


def sentence(settings: Settings, result: Result) -> str:
    """What happens in this step, with its numbers."""
    config = VARIANTS[f"vit_adapter_{settings.variant}"]
    name = f"ViT-Adapter-{LETTERS[settings.variant]}"
    number = result.interaction
    tokens, cells, reads = f"{result.tokens:,}", f"{result.cells:,}", f"{result.reads:,}"
    heads, points = f"{config.adapter_heads} heads", f"{config.points} points"
    if result.part == 0:
        return (
            f"{name}, injector {number}: each of the {tokens} ViT tokens asks the side path's "
            f"{cells} cells; {heads} read {points} on 3 maps, {reads} reads in all."
        )
    if result.part == 1:
        blocks = config.depth // INTERACTIONS
        return (
            f"{name}, blocks {number * blocks} to {(number + 1) * blocks - 1} of the plain ViT: "
            f"{tokens} tokens ask each other in {config.num_heads} heads, {reads} weights in all."
        )
    if result.part == 2:
        last = f"{1 + EXTRA_EXTRACTORS} in a row" if number == INTERACTIONS - 1 else "one"
        return (
            f"{name}, extractor {number} ({last}): each of the side path's {cells} cells asks the "
            f"{tokens} ViT tokens; {heads} read {points}, {reads} reads in all."
        )
    if settings.step == 0:
        return (
            f"{name}, start: the picture becomes {tokens} tokens of the plain ViT (1/16) and "
            f"{cells} cells of the side path (1/8, 1/16, 1/32)."
        )
    sides = ", ".join(f"{settings.side // s}×{settings.side // s}" for s in (4, 8, 16, 32))
    return (
        f"{name}, pyramid: the side path's {cells} cells become four maps of {sides} with "
        f"{config.channels:,} channels; each gets the ViT tokens of one interaction on top."
    )


def sweep() -> Iterator[Settings]:
    """Every step of every model; every size of the picture at the start, within, and at the end."""
    yield from sweep_of(Settings)
    variants: tuple[Variant, ...] = ("nano", "t", "s", "b", "l")
    for variant, step in product(variants, range(STEPS)):
        yield Settings(step, variant)
    for step, side in product((0, 2, 3, STEPS - 1), (128, 512)):
        yield Settings(step, "s", side)

"""A picture spoiled and restored, and how near the result comes to the truth."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int32, UInt8
from torch import Tensor, nn

from utils.explorers.picture import as_bytes, picture_of
from utils.explorers.restormers import default_model, scene_through, signed_colors
from utils.explorers.settings import choice, slider
from utils.fast import fast
from utils.training.metrics import psnr, ssim

PICTURE_SIZE = (224, 224)
SHOWN = 440  # pixels on the screen
STEPS = 10  # of the strength
UNIT = {"noise": 5.0, "rain": 0.12, "blur": 0.9}  # strength per step; trained up to ten
REMOVED = 0.25  # where the colors of what was removed end
SAME = 99.0  # dB: no difference at all
PIECE = 96  # pixels on each side of what is restored while the hand moves
DIM = 0.5  # of the picture's light around it
CONSTANTS = {"shown": SHOWN, "same": SAME, "side": PICTURE_SIZE[0]}
Kind = Literal["noise", "rain", "blur"]
Right = Literal["restored", "clean", "removed"]

__all__ = ["default_model"]


@dataclass(frozen=True)
class Settings:
    """What the learner sets."""

    kind: Kind = choice("Spoil it by", "noise", {"noise": "Noise", "rain": "Rain", "blur": "Blur"})
    strength: int = slider("Strength", 5, low=0, high=STEPS)
    right: Right = choice(
        "Right of the divider",
        "restored",
        {"restored": "Restored", "removed": "Removed", "clean": "Truth"},
    )
    divider: int = slider("Divider", 50, low=0, high=100, reads=" %")


@dataclass(frozen=True, eq=False)  # one pass is one thing, whatever it gave
class Inside:
    """What went into the model, and what came out; on the CPU."""

    spoiled: Float[Tensor, "1 rgb h w"]
    restored: Float[Tensor, "1 rgb h w"]


@dataclass(frozen=True)
class Result:
    """What the view shows."""

    left: UInt8[np.ndarray, "h w rgb"]
    right: UInt8[np.ndarray, "h w rgb"]
    psnr_before: float
    psnr_after: float
    ssim_before: float
    ssim_after: float
    words: str  # kind and strength in its unit
    piece: Int32[np.ndarray, "4"]  # top, left, height, width of what was restored; 0 for the whole


def weather(settings: Settings) -> tuple[str, float]:
    """Kind and strength as `degrade` takes them."""
    return settings.kind, round(settings.strength * UNIT[settings.kind], 3)


def piece_at(settings: Settings) -> tuple[slice, slice]:
    """Rows and columns of the piece to the right of the divider, or as far right as it fits.

    >>> piece_at(Settings(divider=25))
    (slice(64, 160, None), slice(56, 152, None))
    """
    h, w = PICTURE_SIZE
    top, left = (h - PIECE) // 2, min(round(settings.divider / 100 * w), w - PIECE)
    return slice(top, top + PIECE), slice(left, left + PIECE)


def run(model: nn.Module, spoiled: Float[Tensor, "1 rgb h w"]) -> Inside:
    """One pass."""
    return Inside(spoiled.cpu(), model(spoiled).float().cpu())


@lru_cache(maxsize=16)
def _scene_inside(weather: tuple[str, float]) -> Inside:
    with torch.no_grad(), fast():
        return run(default_model(), scene_through(PICTURE_SIZE, weather))


def compute(
    settings: Settings,
    inside: Inside | None = None,
    clean: Float[Tensor, "rgb h w"] | None = None,
) -> Result:
    """Both pictures and both measures; no difference at all counts as SAME."""
    inside = _scene_inside(weather(settings)) if inside is None else inside
    clean = _scene() if clean is None else clean
    quality = _qualities(inside, clean)
    return Result(
        left=as_bytes(inside.spoiled[0].clamp(0, 1)),
        right=_right(settings, inside, clean),
        psnr_before=quality[0][0],
        psnr_after=quality[1][0],
        ssim_before=quality[0][1],
        ssim_after=quality[1][1],
        words=in_words(settings),
        piece=np.zeros(4, np.int32),
    )


def compute_piece(
    settings: Settings,
    inside: Inside,
    clean: Float[Tensor, "rgb h w"],
    spoiled: Float[Tensor, "1 rgb h w"],
) -> Result:
    """The same for a piece alone, laid on the whole spoiled picture, which is dimmed around it."""
    rows, columns = piece_at(settings)
    small = compute(settings, inside, clean[:, rows, columns])
    left = as_bytes(spoiled[0].clamp(0, 1))
    right = (DIM * left).astype(np.uint8)
    right[rows, columns] = small.right
    box = np.array([rows.start, columns.start, PIECE, PIECE], np.int32)
    return replace(small, left=left, right=right, piece=box)


def _right(
    settings: Settings, inside: Inside, clean: Float[Tensor, "rgb h w"]
) -> UInt8[np.ndarray, "h w rgb"]:
    after = inside.restored.clamp(0, 1)
    if settings.right == "removed":
        return signed_colors((inside.spoiled - after)[0].mean(0).numpy(), most=REMOVED)
    return as_bytes(after[0] if settings.right == "restored" else clean)


@lru_cache(maxsize=4)
def _qualities(inside: Inside, clean: Float[Tensor, "rgb h w"]) -> tuple[tuple[float, float], ...]:
    """PSNR and SSIM before and after; kept, so that the divider moves at once."""
    return _quality(inside.spoiled, clean), _quality(inside.restored.clamp(0, 1), clean)


@lru_cache(maxsize=1)
def _scene() -> Float[Tensor, "rgb h w"]:
    return picture_of(None, size=PICTURE_SIZE)


def _quality(
    picture: Float[Tensor, "1 rgb h w"], clean: Float[Tensor, "rgb h w"]
) -> tuple[float, float]:
    if torch.equal(picture[0], clean):
        return SAME, 1.0
    return min(psnr(picture, clean[None]), SAME), ssim(picture, clean[None])


def in_words(settings: Settings) -> str:
    """Kind and strength, with the unit.

    >>> in_words(Settings("blur", 4))
    'Blur over 3.6 pixels'
    """
    value = f"{weather(settings)[1]:g}"
    return {
        "noise": f"Noise of σ = {value} gray levels",
        "rain": f"Rain of strength {value}",
        "blur": f"Blur over {value} pixels",
    }[settings.kind]


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    gain = result.psnr_after - result.psnr_before
    seen = {
        "restored": "right of it the model's answer",
        "clean": "right of it the truth",
        "removed": "right of it what the model took away (red: too bright, blue: too dark)",
    }[settings.right]
    ends = (result.psnr_before, result.psnr_after)
    before, after = ("no difference" if end >= SAME else f"{end:.1f} dB PSNR" for end in ends)
    change = f", {abs(gain):.1f} dB {'more' if gain >= 0 else 'less'}" if max(ends) < SAME else ""
    which = "The framed piece, all that is restored while you move," if result.piece.any() else ""
    return (
        f"{result.words}: left of the divider (at {settings.divider} %) the picture as it came, "
        f"{seen}. {which or 'The picture'} came with {before} and SSIM "
        f"{result.ssim_before:.2f}; restored it has {after} and {result.ssim_after:.2f}{change}."
    )


def sweep() -> Iterator[Settings]:
    """Every strength, every kind, every place of the divider; one pass for each of the first 13."""
    rights: tuple[Right, ...] = ("restored", "clean", "removed")
    for strength in range(STEPS + 1):
        yield Settings("noise", strength, rights[strength % 3], 10 * strength)
    yield from (Settings("rain", STEPS), Settings("blur", STEPS))
    yield from (Settings("blur", STEPS, "clean", divider) for divider in range(101))

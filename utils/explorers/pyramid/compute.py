"""The feature maps of a plain ViT beside those of a ViT-Adapter, and how fine their detail is.

The paper makes the same comparison (section 4.4, figure 5), with the spectra of Park and Kim
(arXiv 2202.06709).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from einops import rearrange
from jaxtyping import Float, Float32, UInt8
from torch import Tensor, nn
from torch.nn import functional

from utils.explorers import adapters
from utils.explorers.adapters import STRIDES, adapter_of, backbone_of, fitted, says, trained
from utils.explorers.picture import scene_pass
from utils.explorers.settings import choice, slider, sweep_of
from utils.figures.directions import own_colors
from utils.figures.style import SEQUENTIAL

__all__ = ["says"]

PICTURE_SIZE = (384, 384)
Level = Literal["4", "8", "16", "32"]


@dataclass(frozen=True)
class Settings:
    """What the learner sets."""

    level: Level = choice("Map", "8", {str(s): f"1/{s}" for s in STRIDES})
    channel: int = slider("Channel (0: all, as colors)", 0, low=0, high=96)


@dataclass(frozen=True)
class Inside:
    """The four maps (h, w, c) of both models over the same picture (on the CPU)."""

    plain: list[Tensor]
    adapter: list[Tensor]
    alone: bool  # the plain ViT is the one inside the adapter, without what is injected


@dataclass(frozen=True)
class Result:
    """What the view shows."""

    plain: UInt8[np.ndarray, "h w 3"]
    adapter: UInt8[np.ndarray, "h w 3"]
    plain_spectrum: Float32[np.ndarray, "h w"]  # log10 of the amplitude, frequency 0 in the middle
    adapter_spectrum: Float32[np.ndarray, "h w"]
    plain_curve: Float32[np.ndarray, "rings"]  # log10 of amplitude by that of 1 cycle per picture
    adapter_curve: Float32[np.ndarray, "rings"]
    plain_high: float  # part of the energy above half of the highest frequency
    adapter_high: float
    alone: bool
    channel: int  # counted from 1; 0 is all of them
    channels: int


@lru_cache(maxsize=1)
def default_model() -> nn.Module:
    """The two small segmenters that come with the course: on a plain ViT, on a ViT-Adapter."""
    return nn.ModuleList([trained("vit_nano"), trained("vit_adapter_nano")])


def run(model: Any, picture: Float[Tensor, "1 rgb h w"]) -> Inside:
    """Both pyramids. A ViT-Adapter that comes alone is compared with its own ViT, enlarged."""
    alone = not isinstance(model, nn.ModuleList)
    plain, adapter = (model, model) if alone else model
    ours = adapter_of(adapter)
    pixels = fitted(picture, adapter)
    if alone:
        maps = _enlarged(ours.vit(rearrange(pixels, "b rgb h w -> b h w rgb")))
    else:
        maps = backbone_of(plain)(pixels)
    return Inside(_kept(maps), _kept(ours(pixels)), alone)


def _kept(maps: Sequence[Tensor]) -> list[Tensor]:
    return [features[0].float().cpu() for features in maps]


def _enlarged(x: Float[Tensor, "1 h w c"]) -> list[Tensor]:
    """The only map of a plain ViT, resized to the four scales."""
    planes = rearrange(x, "b h w c -> b c h w")
    sizes = [x.shape[1] * 16 // stride for stride in STRIDES]
    resized = [functional.interpolate(planes, (s, s), mode="bilinear") for s in sizes]
    return [rearrange(p, "b c h w -> b h w c") for p in resized]


def side_of(model: Any) -> int:
    """The side of the pictures that the models were trained on."""
    return adapters.side_of(model[1] if isinstance(model, nn.ModuleList) else model)


_scene_inside = scene_pass(run, default_model, PICTURE_SIZE, side_of=side_of)


def compute(settings: Settings, inside: Inside | None = None) -> Result:
    """One level of both pyramids; a channel beyond the last means the last."""
    inside = _scene_inside() if inside is None else inside
    level = STRIDES.index(int(settings.level))
    plain, adapter = inside.plain[level].numpy(), inside.adapter[level].numpy()
    channels = min(plain.shape[-1], adapter.shape[-1])
    channel = min(settings.channel, channels)
    if channel:
        plain, adapter = plain[..., channel - 1, None], adapter[..., channel - 1, None]
    amplitudes = [amplitude(features) for features in (plain, adapter)]
    spectra = [np.log10(np.fft.fftshift(a) + 1e-6).astype(np.float32) for a in amplitudes]
    curves = [ring_curve(a) for a in amplitudes]
    return Result(
        plain=_colors(plain),
        adapter=_colors(adapter),
        plain_spectrum=spectra[0],
        adapter_spectrum=spectra[1],
        plain_curve=curves[0],
        adapter_curve=curves[1],
        plain_high=high_part(amplitudes[0]),
        adapter_high=high_part(amplitudes[1]),
        alone=inside.alone,
        channel=channel,
        channels=channels,
    )


def amplitude(features: Float[np.ndarray, "h w c"]) -> Float[np.ndarray, "h w"]:
    """Mean amplitude of every frequency over the channels, each without its mean; total energy 1.

    Shape: frequency 0 stands at (0, 0). Units: cycles per picture.
    """
    waves = np.fft.fft2(features - features.mean((0, 1)), axes=(0, 1))
    energy = (np.abs(waves) ** 2).mean(-1)
    return np.sqrt(energy / max(energy.sum(), 1e-12))


def rings(size: tuple[int, int]) -> np.ndarray:
    """Of every frequency, the larger of its cycles per picture down and across."""
    cycles = [np.abs(np.fft.fftfreq(n, 1 / n)) for n in size]
    return np.maximum(cycles[0][:, None], cycles[1][None, :]).round().astype(int)


def ring_curve(amplitudes: Float[np.ndarray, "h w"]) -> Float32[np.ndarray, "rings"]:
    """The mean amplitude at 1, 2, ... cycles per picture, by that at 1, as log10."""
    ring = rings(amplitudes.shape)
    means = np.array([amplitudes[ring == r].mean() for r in range(1, ring.max() + 1)])
    return np.log10((means + 1e-6) / (means[0] + 1e-6)).astype(np.float32)


def high_part(amplitudes: Float[np.ndarray, "h w"]) -> float:
    """The part of the energy above half of the highest frequency; of white noise about 3/4."""
    ring = rings(amplitudes.shape)
    energy = amplitudes**2
    return float(energy[ring > ring.max() / 2].sum() / max(energy.sum(), 1e-12))


def _colors(features: np.ndarray) -> UInt8[np.ndarray, "h w 3"]:
    if features.shape[-1] > 1:
        return own_colors(features)
    low, high = np.percentile(features, (2, 98))
    shown = (features[..., 0] - low) / max(high - low, 1e-12)
    return mpl.colormaps[SEQUENTIAL](shown.clip(0, 1), bytes=True)[..., :3]


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    side = result.plain.shape[0]
    number, count = result.channel, result.channels
    what = f"channel {number} of {count}" if number else f"all {count} channels"
    other = "its ViT alone, enlarged" if result.alone else "the plain ViT with a simple pyramid"
    return (
        f"Map at 1/{settings.level} ({side}×{side}), {what}: of the variation, "
        f"{100 * result.plain_high:.0f} % is finer than half the highest frequency in {other}, "
        f"and {100 * result.adapter_high:.0f} % in ViT-Adapter."
    )


def sweep() -> Iterator[Settings]:
    """Every level in colors, every channel at one level and some at the others."""
    yield from sweep_of(Settings)
    for level in ("4", "8", "16", "32"):
        yield Settings(level, 7)

"""What the injectors of a ViT-Adapter add when their γ is turned down or up."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float, Float32, UInt8
from torch import Tensor

from utils.explorers.adapters import (
    INTERACTIONS,
    STRIDES,
    adapter_of,
    backbone_of,
    default_model,
    fitted,
    side_of,
)
from utils.explorers.picture import scene_pass
from utils.explorers.settings import Reads, choice, slider, sweep_of
from utils.fast import fast
from utils.figures.classes import PALETTE, class_colors
from utils.figures.directions import Directions
from utils.training.evaluate import STANDS

PICTURE_SIZE = (384, 384)
TRAINED = 10  # tenths
# For the legend: a color and a name for every class of the course's segmenters.
KEYS = [
    (f"rgb({' '.join(str(round(255 * float(part))) for part in color)})", name)
    for color, name in zip(PALETTE[: len(STANDS)], STANDS, strict=True)
]
CONSTANTS = {"keys": KEYS}
Out = Literal["4", "8", "16", "32"]


@dataclass(frozen=True)
class Settings:
    """What the learner sets."""

    gamma: int = slider(
        "γ",
        TRAINED,
        low=0,
        high=2 * TRAINED,
        reads=Reads(after=" × the trained one", factor=0.1, digits=1),
    )
    interaction: int = slider("Injector shown", 0, low=0, high=INTERACTIONS - 1)
    out: Out = choice("Map out of the model", "8", {str(s): f"1/{s}" for s in STRIDES})


@dataclass(frozen=True)
class Pass:
    """One pass with one γ (on the CPU)."""

    before: list[Tensor]  # (h, w, c), the ViT's tokens, by injector
    after: list[Tensor]
    maps: list[Tensor]
    classes: Tensor | None  # by pixel, where the model has a head
    kinds: int = 0


@dataclass
class Inside:
    """A model and a picture on one device, and the passes that were made so far."""

    model: Any
    pixels: Float[Tensor, "1 rgb side side"]
    passes: dict[int, Pass] = field(default_factory=dict)

    def at(self, gamma: int) -> Pass:
        """The pass with γ turned to this many tenths, made when it is asked for."""
        if gamma not in self.passes:
            self.model.to(self.pixels.device)
            with torch.no_grad(), fast(), scaled_gamma(adapter_of(self.model), gamma / TRAINED):
                self.passes[gamma] = one_pass(self.model, self.pixels)
        return self.passes[gamma]


@dataclass(frozen=True)
class Result:
    """What the view shows; equal features have equal colors."""

    before: UInt8[np.ndarray, "h w 3"]  # the ViT's tokens that reach the injector
    strength: Float32[np.ndarray, "h w"]  # length of what is added, by length of the token
    after: UInt8[np.ndarray, "h w 3"]
    out: UInt8[np.ndarray, "out_h out_w 3"]
    classes: UInt8[np.ndarray, "side side 3"]  # the class of every pixel; gray without a head
    changed: float  # how far the map out of the model lies from the one of a deaf ViT
    recolored: float  # pixels with another class than with a deaf ViT; -1 without a head
    kinds: int  # how many classes the head tells apart; 0 without a head
    silent: bool  # the model's γ is 0 everywhere


def run(model: Any, picture: Float[Tensor, "1 rgb h w"]) -> Inside:
    """The pass with the model's own γ; the others follow when their γ is asked for."""
    adapter_of(model)
    inside = Inside(model, fitted(picture, model))
    inside.at(TRAINED)
    return inside


@contextmanager
def scaled_gamma(adapter: Any, factor: float) -> Iterator[None]:
    """Within it, γ of every injector is `factor` times its own."""
    gammas = [interaction.injector.gamma for interaction in adapter.interactions]
    kept = [gamma.detach().clone() for gamma in gammas]
    try:
        for gamma in gammas:
            gamma.mul_(factor)
        yield
    finally:
        for gamma, own in zip(gammas, kept, strict=True):
            gamma.copy_(own)


def one_pass(model: Any, pixels: Float[Tensor, "1 rgb side side"]) -> Pass:
    """What goes into and out of every injector, the four maps, and the classes."""
    before: list[Tensor] = []
    after: list[Tensor] = []
    maps: list[Tensor] = []

    def keep(module: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        before.append(_as_map(inputs[0]))
        after.append(_as_map(output))

    def keep_maps(module: Any, inputs: Any, output: tuple[Tensor, ...]) -> None:
        maps.extend(features[0].float().cpu() for features in output)

    hooks = [i.injector.register_forward_hook(keep) for i in adapter_of(model).interactions]
    hooks.append(backbone_of(model).register_forward_hook(keep_maps))
    try:
        result = model(pixels)
    finally:
        for hook in hooks:
            hook.remove()
    if not isinstance(result, Tensor):
        return Pass(before, after, maps, None)
    return Pass(before, after, maps, result[0].argmax(dim=0).cpu(), kinds=result.shape[1])


def _as_map(x: Float[Tensor, "1 h w c"]) -> Float[Tensor, "h w c"]:
    return x[0].float().cpu()


_scene_inside = scene_pass(run, default_model, PICTURE_SIZE, side_of=side_of)


def compute(settings: Settings, inside: Inside | None = None) -> Result:
    """Colors are fitted to what the model does with its own γ, so that a change is a change."""
    inside = _scene_inside() if inside is None else inside
    now, own, deaf = inside.at(settings.gamma), inside.at(TRAINED), inside.at(0)
    number, level = settings.interaction, STRIDES.index(int(settings.out))
    before, after = now.before[number], now.after[number]
    tokens = Directions.of(own.after[number].numpy())
    outs = Directions.of(own.maps[level].numpy())
    difference = (now.maps[level] - deaf.maps[level]).norm()
    classes, recolored = torch.zeros(1, 1, dtype=torch.int64), -1.0
    if now.classes is not None and deaf.classes is not None:
        classes = now.classes
        recolored = float((classes != deaf.classes).float().mean())
    gammas = [i.injector.gamma for i in adapter_of(inside.model).interactions]
    return Result(
        before=tokens.colors(before.numpy()),
        strength=((after - before).norm(dim=-1) / before.norm(dim=-1)).numpy(),
        after=tokens.colors(after.numpy()),
        out=outs.colors(now.maps[level].numpy()),
        classes=class_colors(classes.numpy()),
        changed=float(difference / deaf.maps[level].norm()),
        recolored=recolored,
        kinds=now.kinds,
        silent=not any(bool(gamma.any()) for gamma in gammas),
    )


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    turned = f"γ × {settings.gamma / TRAINED:.1f}"
    said = (
        f"{turned}: injector {settings.interaction} adds vectors {result.strength.mean():.2f} "
        f"times as long as the ViT's tokens (mean of {result.strength.size}; "
        f"at most {result.strength.max():.2f})."
    )
    if result.silent:
        return f"{said} This model's γ is 0, as before training: the ViT hears nothing."
    end = f" Beside a deaf ViT (γ × 0.0) the map at 1/{settings.out} changes by "
    end += f"{100 * result.changed:.0f} %"
    if result.recolored < 0:
        return f"{said}{end}."
    return f"{said}{end}, and {100 * result.recolored:.1f} % of the pixels get another class."


def sweep() -> Iterator[Settings]:
    """Every control over its whole range, once with γ turned off."""
    yield from sweep_of(Settings)
    for number in range(INTERACTIONS):
        yield Settings(0, number, "4")

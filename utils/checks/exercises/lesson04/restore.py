"""Exercise 8: the U."""

from typing import Any, Literal

import torch
from einops import rearrange
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.models.restormer import Restormer, RestormerConfig
from utils.ops import crop, pad_to_multiple

SMALL = RestormerConfig(channels=4, depths=(1, 1, 1), num_heads=(1, 2, 2), refinement=1)


def reference(model: Restormer, picture: Tensor) -> Tensor:
    return model(picture)


def cases() -> list[Case]:
    model = filled(lambda: Restormer(SMALL))
    return [
        Case("a picture (1, 3, 8, 12)", (model, drawn(1, 3, 8, 12))),
        Case("a batch (2, 3, 6, 9) that needs padding", (model, drawn(2, 3, 6, 9, seed=1))),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "a picture that needs no padding": (
            filled(lambda: Restormer(SMALL)),
            drawn(1, 3, 8, 12, seed=2),
        ),
    }


def _restore(
    model: Any,
    picture: Tensor,
    *,
    mode: Literal["constant", "reflect", "replicate"] = "reflect",
    early_skips: bool = False,
    skip_first: bool = False,
    latent: bool = True,
    decoder: bool = True,
    refinement: bool = True,
    residual: bool = True,
) -> Tensor:
    step = 2 ** len(model.down)
    pixels = rearrange(picture, "b rgb h w -> b h w rgb")
    pixels = pad_to_multiple(pixels, multiple=(step, step), mode=mode)
    x, skips = model.embedding(pixels), []
    for level, down in zip(model.encoder, model.down, strict=True):
        after = level(x)
        skips.append(x if early_skips else after)
        x = down(after)
    x = model.latent(x) if latent else x
    for up, join, level in zip(model.up, model.join, model.decoder, strict=True):
        both = [up(x), skips.pop()]
        x = join(torch.cat(both[::-1] if skip_first else both, dim=-1))
        x = level(x) if decoder else x
    x = model.output(model.refinement(x) if refinement else x)
    x = x + pixels if residual else x
    x = crop(x, size=(picture.shape[2], picture.shape[3]))
    return rearrange(x, "b h w rgb -> b rgb h w")


def picture_not_added(model, picture):
    return _restore(model, picture, residual=False)


def picture_subtracted(model, picture):
    return picture - _restore(model, picture, residual=False)


def skip_taken_early(model, picture):
    return _restore(model, picture, early_skips=True)


def skip_first(model, picture):
    return _restore(model, picture, skip_first=True)


def latent_forgotten(model, picture):
    return _restore(model, picture, latent=False)


def decoder_forgotten(model, picture):
    return _restore(model, picture, decoder=False)


def refinement_forgotten(model, picture):
    return _restore(model, picture, refinement=False)


def padded_with_zeros(model, picture):
    return _restore(model, picture, mode="constant")


def clamped(model, picture):
    return _restore(model, picture).clamp(0, 1)


EXERCISE = Exercise(
    name="restore",
    title="The U",
    difficulty=5,
    minutes=30,
    why="All blocks in their places: down, across the bottom, up with the skips, and the picture "
    "itself around everything. When this is right, Restormer is right.",
    reference=reference,
    cases=cases,
    axes="b rgb h w",
    gradients=True,
    view="b rgb h w -> (b rgb h) w",
    may_call=("utils.models.restormer.blocks", "utils.layers", "utils.ops"),
    easy=easy,
    mistakes=(
        Mistake(
            "picture not added",
            "The network gives what is to be changed; the (padded) picture is added at the end.",
            picture_not_added,
        ),
        Mistake(
            "picture minus residual",
            "Some denoisers predict the noise and subtract it. Restormer's output is added.",
            picture_subtracted,
        ),
        Mistake(
            "skip taken too early",
            "A skip carries what comes out of a level's blocks, not what goes in.",
            skip_taken_early,
        ),
        Mistake(
            "skip first",
            "The order of the two is upsampled first, then the skip. model.join knows no other.",
            skip_first,
        ),
        Mistake(
            "bottom forgotten", "model.latent, the lowest level, is missing.", latent_forgotten
        ),
        Mistake(
            "decoder blocks forgotten",
            "After each join come that level's blocks: model.decoder.",
            decoder_forgotten,
        ),
        Mistake(
            "refinement forgotten",
            "Before model.output stand some blocks at full size: model.refinement.",
            refinement_forgotten,
        ),
        Mistake(
            "padded with zeros",
            "A black border is an edge that is not there. The picture is reflected: "
            'pad_to_multiple(..., mode="reflect").',
            padded_with_zeros,
        ),
        Mistake(
            "clamped inside the model",
            "The output may lie a little outside [0, 1]; who saves a picture clamps it. Inside, a "
            "clamp would stop the gradient.",
            clamped,
        ),
    ),
    hints=(
        "Down: blocks, keep, halve. Bottom. Up: double, join with what was kept last, blocks.",
        "zip(model.encoder, model.down) on the way down; skips.append, then skips.pop() with "
        "zip(model.up, model.join, model.decoder), whose lists run from the bottom to the top.",
        "x = level(join(torch.cat([up(x), skips.pop()], dim=-1))); at the end "
        "model.output(model.refinement(x)) + pixels, cropped, back to b rgb h w.",
    ),
    solution="""
def restore(model, picture):
    pixels = rearrange(picture, "b rgb h w -> b h w rgb")
    step = 2 ** len(model.down)
    pixels = pad_to_multiple(pixels, multiple=(step, step), mode="reflect")
    x, skips = model.embedding(pixels), []
    for level, down in zip(model.encoder, model.down, strict=True):
        skips.append(level(x))
        x = down(skips[-1])
    x = model.latent(x)
    for up, join, level in zip(model.up, model.join, model.decoder, strict=True):
        x = level(join(torch.cat([up(x), skips.pop()], dim=-1)))
    x = model.output(model.refinement(x)) + pixels
    return rearrange(crop(x, size=tuple(picture.shape[2:])), "b h w rgb -> b rgb h w")
""",
    whole=Whole(
        "restormer_derain", lambda model, f: methods_replaced(model, Restormer, "forward", f)
    ),
)

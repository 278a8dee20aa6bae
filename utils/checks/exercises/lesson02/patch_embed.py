"""Exercise 1: from pixels to tokens."""

from typing import Any

from einops import rearrange
from torch import Tensor
from torch.nn import functional

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.layers import PatchEmbedding


def reference(layer: PatchEmbedding, picture: Tensor) -> Tensor:
    return layer(picture)


def cases() -> list[Case]:
    layer = filled(lambda: PatchEmbedding(3, 5, patch_size=4))
    small = filled(lambda: PatchEmbedding(2, 6, patch_size=2), seed=1)
    return [
        Case("a random picture (1, 3, 8, 12), patches of 4", (layer, drawn(1, 3, 8, 12))),
        Case("a random batch (2, 2, 4, 10), patches of 2", (small, drawn(2, 2, 4, 10))),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "a square picture": (filled(lambda: PatchEmbedding(3, 5, patch_size=4)), drawn(1, 3, 8, 8)),
    }


def no_permute(layer, picture):
    x = layer.projection(picture)
    b, c, h, w = x.shape
    return layer.norm(x.reshape(b, h, w, c))


def norm_forgotten(layer, picture):
    return rearrange(layer.projection(picture), "b c h w -> b h w c")


def transposed(layer, picture):
    return layer.norm(rearrange(layer.projection(picture), "b c h w -> b w h c"))


def bias_forgotten(layer, picture):
    x = functional.conv2d(picture, layer.projection.weight, stride=layer.patch_size)
    return layer.norm(rearrange(x, "b c h w -> b h w c"))


def pixels_in_the_wrong_order(layer, picture):
    p = layer.patch_size
    patches = rearrange(picture, "b rgb (h ph) (w pw) -> b h w (ph pw rgb)", ph=p, pw=p)
    weight = layer.projection.weight.flatten(1)
    return layer.norm(functional.linear(patches, weight, layer.projection.bias))


EXERCISE = Exercise(
    name="patch_embed",
    title="From pixels to tokens",
    difficulty=1,
    minutes=10,
    why="Every vision transformer begins with this layer; it fixes the layout of all that follows.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    gradients=True,
    view="b h w c -> (b h w) c",
    easy=easy,
    mistakes=(
        Mistake(
            "no permute",
            "A reshape from (b, c, h, w) to (b, h, w, c) does not move the channels: it cuts the "
            "memory anew. Move the axis (permute or rearrange).",
            no_permute,
        ),
        Mistake(
            "norm forgotten",
            "The tokens are not normalized: layer.norm comes after the projection.",
            norm_forgotten,
        ),
        Mistake(
            "map transposed",
            "Height and width have changed places: the result is (b, h, w, c).",
            transposed,
        ),
        Mistake("bias forgotten", "The convolution's bias is not added.", bias_forgotten),
        Mistake(
            "pixels in the wrong order",
            "You flatten each patch as (ph pw rgb). The weight of the convolution is "
            "(c, rgb, ph, pw): colors outside.",
            pixels_in_the_wrong_order,
        ),
    ),
    hints=(
        "A convolution whose stride is its size touches every patch once: layer.projection.",
        "It gives (b, c, nh, nw). The map wants its channels last, then layer.norm.",
        "layer.norm(rearrange(layer.projection(picture), 'b c h w -> ...'))",
    ),
    solution="""
def patch_embed(layer, picture):
    x = layer.projection(picture)
    return layer.norm(rearrange(x, "b c h w -> b h w c"))
""",
    whole=Whole("swin_t", lambda model, f: methods_replaced(model, PatchEmbedding, "forward", f)),
)

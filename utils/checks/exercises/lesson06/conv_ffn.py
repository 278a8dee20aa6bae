"""Exercise 5: a convolution inside the feed-forward part."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.models.vit_adapter import ConvFFN
from utils.models.vit_adapter.maps import as_maps, in_one_row

Sizes = tuple[tuple[int, int], ...]


def reference(ffn: ConvFFN, tokens: Tensor, sizes: Sizes) -> Tensor:
    return in_one_row([ffn(features) for features in as_maps(tokens, sizes)])


def cases() -> list[Case]:
    ffn = filled(lambda: ConvFFN(4, hidden=6))
    return [
        Case("maps of 4×6, 2×3 and 1×2", (ffn, drawn(1, 32, 4), ((4, 6), (2, 3), (1, 2)))),
        Case(
            "two pictures, maps of 6×2, 3×1 and 2×1",
            (ffn, drawn(2, 17, 4, seed=1), ((6, 2), (3, 1), (2, 1))),
        ),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "square maps": (
            filled(lambda: ConvFFN(4, hidden=6)),
            drawn(1, 21, 4),
            ((4, 4), (2, 2), (1, 1)),
        ),
    }


def _cut(x, sizes, *, pattern="b (h w) c -> b h w c", order=1):
    parts = x.split([h * w for h, w in sizes][::order], dim=1)[::order]
    return [rearrange(part, pattern, h=h, w=w) for part, (h, w) in zip(parts, sizes, strict=True)]


def _ffn(ffn, tokens, sizes, *, mix=None, act=functional.gelu, **cut):
    x = ffn.fc1(tokens)
    mix = ffn.depthwise if mix is None else mix
    maps = [mix(features).flatten(1, 2) for features in _cut(x, sizes, **cut)]
    return ffn.fc2(act(torch.cat(maps, dim=1)))


def coarsest_first(ffn, tokens, sizes):
    return _ffn(ffn, tokens, sizes, order=-1)


def one_long_strip(ffn, tokens, sizes):
    return _ffn(ffn, tokens, ((1, tokens.shape[1]),))


def column_by_column(ffn, tokens, sizes):
    return _ffn(ffn, tokens, sizes, pattern="b (w h) c -> b h w c")


def convolution_forgotten(ffn, tokens, sizes):
    return _ffn(ffn, tokens, sizes, mix=lambda features: features)


def gelu_before(ffn, tokens, sizes):
    return _ffn(
        ffn, tokens, sizes, mix=lambda x: ffn.depthwise(functional.gelu(x)), act=lambda x: x
    )


def no_gelu(ffn, tokens, sizes):
    return _ffn(ffn, tokens, sizes, act=lambda x: x)


def relu(ffn, tokens, sizes):
    return _ffn(ffn, tokens, sizes, act=functional.relu)


def tanh_gelu(ffn, tokens, sizes):
    return _ffn(ffn, tokens, sizes, act=lambda x: functional.gelu(x, approximate="tanh"))


def residual_inside(ffn, tokens, sizes):
    return _ffn(ffn, tokens, sizes, mix=lambda features: features + ffn.depthwise(features))


def install(model: nn.Module, f: Callable[..., Tensor]) -> AbstractContextManager[None]:
    """The model mixes map by map: each is a row of its own."""

    def forward(ffn, x):
        sizes = (tuple(x.shape[1:3]),)
        return f(ffn, x.flatten(1, 2), sizes).unflatten(1, sizes[0])

    return methods_replaced(model, ConvFFN, "forward", forward)


EXERCISE = Exercise(
    name="conv_ffn",
    title="A convolution inside the feed-forward part",
    difficulty=3,
    minutes=15,
    why="Neighbors talk here, map by map. The authors' code finds the maps by N // 21; with the "
    "sizes at hand nobody has to know where the 21 comes from.",
    reference=reference,
    cases=cases,
    axes="b n c",
    gradients=True,
    view="b n c -> (b n) c",
    may_call=("utils.layers",),
    easy=easy,
    mistakes=(
        Mistake(
            "one long strip",
            "You convolve all tokens as one row: a 3×3 kernel then sees left and right alone, and "
            "the end of one map touches the next.",
            one_long_strip,
        ),
        Mistake(
            "levels split in the wrong order",
            "You begin with the coarsest map. The finest comes first: 1/8, 1/16, 1/32.",
            coarsest_first,
        ),
        Mistake(
            "column by column",
            "You lay the tokens down the columns. They run row by row: (h w), not (w h).",
            column_by_column,
        ),
        Mistake(
            "convolution forgotten",
            "ffn.depthwise is missing: every token stays alone.",
            convolution_forgotten,
        ),
        Mistake(
            "GELU before the convolution",
            "The order is fc1, convolution, GELU, fc2.",
            gelu_before,
        ),
        Mistake("no GELU", "Without it everything is one linear map. GELU before fc2.", no_gelu),
        Mistake("ReLU for GELU", "The published model has GELU.", relu),
        Mistake(
            "GELU of the other kind",
            "You take the tanh formula. The published one is the exact GELU, the default.",
            tanh_gelu,
        ),
        Mistake(
            "a residual inside",
            "You add the map to its convolution. The residual stands outside, in the extractor.",
            residual_inside,
        ),
    ),
    hints=(
        "fc1, then the convolution on each map alone, then GELU and fc2. What does a convolution "
        "need that a row of tokens does not have?",
        "Your split_levels makes the maps; ffn.depthwise takes (b, h, w, c) and gives the same "
        "shape; flatten(1, 2) makes tokens again.",
        "x = torch.cat([ffn.depthwise(m).flatten(1, 2) for m in split_levels(ffn.fc1(tokens), "
        "sizes)], dim=1), then ffn.fc2(functional.gelu(x)).",
    ),
    solution="""
def conv_ffn(ffn, tokens, sizes):
    maps = split_levels(ffn.fc1(tokens), sizes)
    mixed = [ffn.depthwise(features).flatten(1, 2) for features in maps]
    return ffn.fc2(functional.gelu(torch.cat(mixed, dim=1)))
""",
    whole=Whole("vit_adapter_t", install),
)

"""Exercise 7: the whole attention layer."""

from typing import Any

from einops import rearrange
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.models.restormer import MDTA
from utils.ops import channel_attention

SPLIT = "b h w (qkv heads d) -> qkv b heads d (h w)"
JOIN = "b heads d (h w) -> b h w (heads d)"


def reference(layer: MDTA, x: Tensor) -> Tensor:
    return layer(x)


def cases() -> list[Case]:
    layer = filled(lambda: MDTA(6, num_heads=2))
    other = filled(lambda: MDTA(12, num_heads=3), seed=1)
    return [
        Case("a map (1, 4, 5, 6), 2 heads", (layer, drawn(1, 4, 5, 6))),
        Case("a batch (2, 6, 3, 12), 3 heads", (other, drawn(2, 6, 3, 12, seed=1))),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "one head": (filled(lambda: MDTA(6, num_heads=1)), drawn(2, 4, 5, 6)),
        "a square map": (filled(lambda: MDTA(6, num_heads=2)), drawn(2, 4, 4, 6)),
    }


def _mdta(
    layer: Any, x: Tensor, *, split: str = SPLIT, join: str = JOIN, depthwise: bool = True
) -> Tensor:
    qkv = layer.qkv(x)
    qkv = layer.depthwise(qkv) if depthwise else qkv
    q, k, v = rearrange(qkv, split, qkv=3, heads=layer.num_heads)
    out = channel_attention(q, k, v, temperature=layer.temperature)
    return rearrange(out, join, h=x.shape[1])


def depthwise_forgotten(layer, x):
    return layer.projection(_mdta(layer, x, depthwise=False))


def no_projection(layer, x):
    return _mdta(layer, x)


def heads_outside(layer, x):
    split = "b h w (heads qkv d) -> qkv b heads d (h w)"
    return layer.projection(_mdta(layer, x, split=split))


def every_third(layer, x):
    split = "b h w (heads d qkv) -> qkv b heads d (h w)"
    return layer.projection(_mdta(layer, x, split=split))


def heads_inside(layer, x):
    return layer.projection(_mdta(layer, x, join="b heads d (h w) -> b h w (d heads)"))


def columns_first(layer, x):
    join = "b heads d (w h) -> b h w (heads d)"
    return layer.projection(_mdta(layer, x, join=join))


def no_permute(layer, x):
    q, k, v = rearrange(layer.depthwise(layer.qkv(x)), SPLIT, qkv=3, heads=layer.num_heads)
    out = channel_attention(q, k, v, temperature=layer.temperature)
    return layer.projection(out.reshape(x.shape))


def keys_for_queries(layer, x):
    q, k, v = rearrange(layer.depthwise(layer.qkv(x)), SPLIT, qkv=3, heads=layer.num_heads)
    out = channel_attention(k, q, v, temperature=layer.temperature)
    return layer.projection(rearrange(out, JOIN, h=x.shape[1]))


def residual_inside(layer, x):
    return x + layer(x)


def pixels_attend(layer, x):
    qkv = layer.depthwise(layer.qkv(x))
    split = "b h w (qkv heads d) -> qkv b heads (h w) d"
    q, k, v = rearrange(qkv, split, qkv=3, heads=layer.num_heads)
    out = (q @ k.mT / q.shape[-1] ** 0.5).softmax(dim=-1) @ v
    return layer.projection(rearrange(out, "b heads (h w) d -> b h w (heads d)", h=x.shape[1]))


def one_head(layer, x):
    q, k, v = rearrange(layer.depthwise(layer.qkv(x)), "b h w (qkv d) -> qkv b 1 d (h w)", qkv=3)
    out = channel_attention(q, k, v, temperature=layer.temperature[:1])
    return layer.projection(rearrange(out, "b 1 d (h w) -> b h w d", h=x.shape[1]))


EXERCISE = Exercise(
    name="mdta",
    title="The whole attention layer",
    difficulty=4,
    minutes=15,
    why="The 3×3 filter before the attention is the D in MDTA: without it no pixel would see its "
    "neighbors here, and the layer would mix channels only.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    gradients=True,
    view="b h w c -> (b h w) c",
    may_call=("utils.layers", "utils.ops.channels", "utils.ops.attention"),
    easy=easy,
    mistakes=(
        Mistake(
            "depthwise forgotten",
            "layer.depthwise comes after layer.qkv and before the split: it is the only thing "
            "here that looks at neighbors.",
            depthwise_forgotten,
        ),
        Mistake("no projection", "layer.projection mixes the heads at the end.", no_projection),
        Mistake(
            "heads outermost",
            "You read the channels as (heads qkv d). The weights have (qkv heads d): all of q, "
            "then k, then v.",
            heads_outside,
        ),
        Mistake(
            "every third channel",
            "You read the channels as (heads d qkv). The weights have (qkv heads d).",
            every_third,
        ),
        Mistake(
            "heads joined inside out",
            "The heads were split as (heads d): join them so, not as (d heads).",
            heads_inside,
        ),
        Mistake(
            "columns first",
            "The pixels were read row by row, (h w), and put back column by column.",
            columns_first,
        ),
        Mistake(
            "no permute",
            "A reshape does not bring the channels behind the pixels: move them.",
            no_permute,
        ),
        Mistake("q and k swapped", "The order is q, k, v.", keys_for_queries),
        Mistake("a residual too many", "The skip lies in the block, outside.", residual_inside),
        Mistake(
            "pixels attend to pixels",
            "In your layer pixels attend to pixels, as everywhere else. Here the "
            "channels are the tokens: weights of d × d in each head, with the "
            "pixels as features, and the temperature for the scale.",
            pixels_attend,
        ),
        Mistake(
            "one head for all",
            "All channels attend to all: split them into heads, so that each head "
            "attends among its own.",
            one_head,
        ),
    ),
    hints=(
        "layer.qkv, layer.depthwise, split, attend, join, layer.projection.",
        "Split 3c channels as (qkv heads d), outermost first, with the pixels (h w) last; the join "
        "undoes it. Your attend_channels (or channel_attention) does the middle.",
        "q, k, v = rearrange(..., 'b h w (qkv heads d) -> qkv b heads d (h w)', qkv=3, "
        "heads=layer.num_heads); back with 'b heads d (h w) -> b h w (heads d)', h=x.shape[1].",
    ),
    solution="""
def mdta(layer, x):
    pattern = "b h w (qkv heads d) -> qkv b heads d (h w)"
    q, k, v = rearrange(layer.depthwise(layer.qkv(x)), pattern, qkv=3, heads=layer.num_heads)
    out = attend_channels(q, k, v, layer.temperature)
    out = rearrange(out, "b heads d (h w) -> b h w (heads d)", h=x.shape[1])
    return layer.projection(out)
""",
    whole=Whole("restormer_derain", lambda model, f: methods_replaced(model, MDTA, "forward", f)),
)

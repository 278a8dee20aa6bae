"""Exercise 8: the whole window attention."""

from typing import Any

from einops import rearrange
from torch import Tensor, nn

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.layers import WindowAttention
from utils.ops import shift_mask


def reference(layer: WindowAttention, windows: Tensor, mask: Tensor | None) -> Tensor:
    return layer(windows, mask)


def cases() -> list[Case]:
    layer = filled(lambda: WindowAttention(6, num_heads=2, window_size=(2, 3)))
    other = filled(lambda: WindowAttention(12, num_heads=3, window_size=(1, 4)), seed=1)
    mask = shift_mask((4, 9), window_size=(2, 3), shift_size=(1, 1)).clone()
    return [
        Case("windows (1, 1, 2, 6, 6), no mask", (layer, drawn(1, 1, 2, 6, 6), None)),
        Case("windows (2, 2, 3, 6, 6) and a mask", (layer, drawn(2, 2, 3, 6, 6, seed=1), mask)),
        Case("windows (1, 2, 1, 4, 12), 3 heads", (other, drawn(1, 2, 1, 4, 12, seed=2), None)),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "one head": (
            filled(lambda: WindowAttention(6, num_heads=1, window_size=(2, 3))),
            drawn(1, 2, 1, 6, 6),
            None,
        ),
        "no mask": (
            filled(lambda: WindowAttention(6, num_heads=2, window_size=(2, 3))),
            drawn(2, 2, 3, 6, 6, seed=4),
            None,
        ),
    }


def _attention(layer, windows, mask, *, scale=None, softmax=-1, join="(heads d)", bias=True):
    pattern = "b nh nw n (qkv heads d) -> qkv b nh nw heads n d"
    q, k, v = rearrange(layer.qkv(windows), pattern, qkv=3, heads=layer.num_heads)
    scores = q @ k.mT * (q.shape[-1] ** -0.5 if scale is None else scale)
    added = layer.bias(mask) if bias else None
    if added is not None:
        scores = scores + added
    out = scores.softmax(softmax) @ v
    if join == "no permute":
        return layer.projection(out.reshape(windows.shape))
    return layer.projection(rearrange(out, f"b nh nw heads n d -> b nh nw n {join}"))


def scale_of_the_whole_width(layer, windows, mask):
    return _attention(layer, windows, mask, scale=windows.shape[-1] ** -0.5)


def no_scale(layer, windows, mask):
    return _attention(layer, windows, mask, scale=1.0)


def softmax_over_queries(layer, windows, mask):
    return _attention(layer, windows, mask, softmax=-2)


def softmax_over_heads(layer, windows, mask):
    return _attention(layer, windows, mask, softmax=-3)


def heads_inside(layer, windows, mask):
    return _attention(layer, windows, mask, join="(d heads)")


def no_permute(layer, windows, mask):
    return _attention(layer, windows, mask, join="no permute")


def bias_forgotten(layer, windows, mask):
    return _attention(layer, windows, mask, bias=False)


def mask_forgotten(layer, windows, mask):
    return _attention(layer, windows, None)


def mask_of_the_first_window(layer, windows, mask):
    return _attention(layer, windows, None if mask is None else mask[-1:, -1:])


def no_projection(layer, windows, mask):
    weight = layer.projection
    layer.projection = nn.Identity()
    try:
        return _attention(layer, windows, mask)
    finally:
        layer.projection = weight


EXERCISE = Exercise(
    name="window_attention",
    title="The whole window attention",
    difficulty=4,
    minutes=20,
    why="The layer at the heart of Swin. Several public versions divide by the root of the wrong "
    "width, with every shape right.",
    reference=reference,
    cases=cases,
    axes="b nh nw n c",
    gradients=True,
    view="b nh nw n c -> (b nh nw n) c",
    may_call=("utils.layers.window_attention.WindowAttention.bias", "utils.ops.attention"),
    easy=easy,
    mistakes=(
        Mistake(
            "scale of the wrong width",
            "You divide by the root of all channels. A score is a sum over the d channels of one "
            "head: √d with d = channels / heads.",
            scale_of_the_whole_width,
        ),
        Mistake("no scale", "The scores are not divided by √d.", no_scale),
        Mistake(
            "softmax over the wrong axis",
            "The weights of one query must sum to 1 over its keys, the last axis.",
            softmax_over_queries,
        ),
        Mistake(
            "softmax over the heads",
            "The softmax runs over the heads: they do not compete. It is the keys' axis, the last.",
            softmax_over_heads,
        ),
        Mistake(
            "heads joined inside out",
            "The heads are joined as (d heads). They were split as (heads d): join them so.",
            heads_inside,
        ),
        Mistake(
            "no permute",
            "A reshape from (heads, n, d) to (n, c) mixes tokens: move heads behind n first.",
            no_permute,
        ),
        Mistake("bias forgotten", "layer.bias(mask) is missing from the scores.", bias_forgotten),
        Mistake("mask forgotten", "The mask is given but not used.", mask_forgotten),
        Mistake(
            "mask not per window",
            "All windows get one mask. mask[i, j] belongs to window (i, j).",
            mask_of_the_first_window,
        ),
        Mistake("no projection", "layer.projection mixes the heads at the end.", no_projection),
    ),
    hints=(
        "Five lines: layer.qkv, split, scores with layer.bias(mask), softmax times v, projection.",
        "layer.bias(mask) is None, (heads, n, n) or (nh, nw, heads, n, n): it simply adds to "
        "scores of shape (b, nh, nw, heads, n, n). Here it is never None.",
        "scores = q @ k.mT / d**0.5 + layer.bias(mask); out = scores.softmax(-1) @ v; then "
        "'b nh nw heads n d -> b nh nw n (heads d)' and layer.projection.",
    ),
    solution="""
def window_attention(layer, windows, mask):
    q, k, v = split_heads(layer.qkv(windows), layer.num_heads)
    scores = q @ k.mT / q.shape[-1] ** 0.5 + layer.bias(mask)
    out = scores.softmax(dim=-1) @ v
    out = rearrange(out, "b nh nw heads n d -> b nh nw n (heads d)")
    return layer.projection(out)
""",
    whole=Whole(
        "swin_t",
        lambda model, f: methods_replaced(
            model, WindowAttention, "forward", lambda layer, x, mask=None: f(layer, x, mask)
        ),
    ),
)

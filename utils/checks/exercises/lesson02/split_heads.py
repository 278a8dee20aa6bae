"""Exercise 4: one tensor into q, k, v and heads."""

from typing import Any

from einops import rearrange
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn, numbered
from utils.checks.install import methods_replaced
from utils.layers import WindowAttention
from utils.ops import attention

RIGHT = "b nh nw n (qkv heads d) -> qkv b nh nw heads n d"


def reference(qkv: Tensor, num_heads: int) -> tuple[Tensor, Tensor, Tensor]:
    q, k, v = rearrange(qkv, RIGHT, qkv=3, heads=num_heads)
    return q, k, v


def cases() -> list[Case]:
    return [
        Case("a numbered (1, 1, 1, 2, 12), 2 heads", (numbered(1, 1, 1, 2, 12), 2)),
        Case("a numbered (1, 1, 2, 3, 18), 3 heads", (numbered(1, 1, 2, 3, 18), 3)),
        Case("a random (2, 3, 1, 4, 24), 2 heads", (drawn(2, 3, 1, 4, 24), 2)),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "one head": (drawn(2, 1, 2, 3, 12), 1),
    }


def _split(pattern):
    def wrong(qkv, num_heads):
        return tuple(rearrange(qkv, pattern, qkv=3, heads=num_heads))

    return wrong


def no_permute(qkv, num_heads):
    return tuple(
        part.reshape(*part.shape[:3], num_heads, part.shape[3], -1) for part in qkv.chunk(3, -1)
    )


def key_and_query_swapped(qkv, num_heads):
    q, k, v = reference(qkv, num_heads)
    return k, q, v


def heads_not_moved(qkv, num_heads):
    return tuple(x.transpose(-2, -3) for x in reference(qkv, num_heads))


EXERCISE = Exercise(
    name="split_heads",
    title="One tensor into q, k, v and heads",
    difficulty=2,
    minutes=10,
    why="One linear layer makes all three for all heads; how its 3c channels are read is a "
    "convention that published weights rely on and no shape reveals.",
    reference=reference,
    cases=cases,
    axes="b nh nw heads n d",
    parts=("q", "k", "v"),
    view="b nh nw heads n d -> (b nh nw heads n) d",
    easy=easy,
    mistakes=(
        Mistake(
            "heads outside q, k, v",
            "You read the channels as (heads qkv d). In Swin q, k, v are the outermost factor: "
            "(qkv heads d).",
            _split("b nh nw n (heads qkv d) -> qkv b nh nw heads n d"),
        ),
        Mistake(
            "heads inside",
            "You read the channels of q as (d heads). A head's channels stand together: (heads d).",
            _split("b nh nw n (qkv d heads) -> qkv b nh nw heads n d"),
        ),
        Mistake(
            "q, k, v inside",
            "You read the channels as (heads d qkv): q, k and v are outermost.",
            _split("b nh nw n (heads d qkv) -> qkv b nh nw heads n d"),
        ),
        Mistake(
            "no permute",
            "A reshape from (n, heads · d) to (heads, n, d) mixes tokens into heads: split the "
            "channels first, then move the heads axis.",
            no_permute,
        ),
        Mistake(
            "q and k swapped",
            "The first third is the query, the second the key.",
            key_and_query_swapped,
        ),
        Mistake(
            "heads axis not moved",
            "Your heads stand behind the tokens. Attention works on (..., heads, n, d).",
            heads_not_moved,
        ),
    ),
    hints=(
        "Three factors make up the last axis: q/k/v, the heads, the channels of a head. Outermost?",
        "(qkv heads d). The heads axis moves in front of n, the qkv axis to the very front.",
        "rearrange(qkv, 'b nh nw n (qkv heads d) -> qkv b nh nw ...', qkv=3, heads=num_heads)",
    ),
    solution="""
def split_heads(qkv, num_heads):
    pattern = "b nh nw n (qkv heads d) -> qkv b nh nw heads n d"
    q, k, v = rearrange(qkv, pattern, qkv=3, heads=num_heads)
    return q, k, v
""",
    whole=Whole(
        "swin_t",
        lambda model, f: methods_replaced(
            model,
            WindowAttention,
            "forward",
            lambda layer, windows, mask=None: _attention_with(f, layer, windows, mask),
        ),
    ),
)


def _attention_with(f, layer, windows, mask):
    q, k, v = f(layer.qkv(windows), layer.num_heads)
    out = attention(q, k, v, bias=layer.bias(mask))
    return layer.projection(rearrange(out, "b nh nw heads n d -> b nh nw n (heads d)"))

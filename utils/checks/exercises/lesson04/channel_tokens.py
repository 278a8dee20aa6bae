"""Exercise 5, find the bug: tokens that are neither pixels nor channels."""

from typing import Any

from einops import rearrange
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn, numbered
from utils.checks.install import methods_replaced
from utils.models.restormer import MDTA
from utils.ops import channel_attention


def reference(x: Tensor, num_heads: int) -> Tensor:
    return rearrange(x, "b h w (heads d) -> b heads d (h w)", heads=num_heads)


def cases() -> list[Case]:
    return [
        Case("a numbered 2×3 map of 4 channels, 2 heads", (numbered(1, 2, 3, 4), 2)),
        Case("a numbered 2×2 map of 4 channels, 1 head", (numbered(1, 2, 2, 4), 1)),
        Case("a random batch (2, 3, 5, 6), 3 heads", (drawn(2, 3, 5, 6), 3)),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "one head": (drawn(2, 2, 3, 4), 1),
        "a square map": (drawn(2, 3, 3, 6), 2),
    }


def as_found(x, num_heads):
    b, h, w, c = x.shape
    return x.reshape(b, num_heads, h * w, c // num_heads).transpose(-2, -1)


def reshaped(x, num_heads):
    b, h, w, c = x.shape
    return x.reshape(b, num_heads, c // num_heads, h * w)


def heads_inside(x, num_heads):
    return rearrange(x, "b h w (d heads) -> b heads d (h w)", heads=num_heads)


def columns_first(x, num_heads):
    return rearrange(x, "b h w (heads d) -> b heads d (w h)", heads=num_heads)


def pixels_as_tokens(x, num_heads):
    return rearrange(x, "b h w (heads d) -> b heads (h w) d", heads=num_heads)


def no_heads(x, num_heads):
    return rearrange(x, "b h w c -> b 1 c (h w)")


def _with(f):
    """MDTA with the learner's tokens."""

    def forward(layer, x):
        q, k, v = layer.depthwise(layer.qkv(x)).chunk(3, dim=-1)
        q, k, v = (f(part, layer.num_heads) for part in (q, k, v))
        out = channel_attention(q, k, v, temperature=layer.temperature)
        out = rearrange(out, "b heads d (h w) -> b h w (heads d)", h=x.shape[1])
        return layer.projection(out)

    return forward


EXERCISE = Exercise(
    name="channel_tokens",
    title="Find the bug: tokens that are nobody",
    difficulty=3,
    minutes=10,
    why="A public Restormer makes its tokens by a reshape. Every shape is right, no error tells, "
    "and a token is a mix of pixels and channels.",
    reference=reference,
    cases=cases,
    axes="b heads d n",
    view="b heads d n -> (b heads d) n",
    easy=easy,
    mistakes=(
        Mistake(
            "the bug as it was found",
            "The reshape cuts the memory of (h, w, c) into heads: a head gets some pixels with all "
            "their channels, not all pixels with some channels. Split c into (heads d) and move "
            "it: each row must hold one channel at every pixel.",
            as_found,
        ),
        Mistake(
            "no permute",
            "A reshape does not move an axis: your rows are stretches of memory, a few pixels with "
            "all channels. Move the channels in front of the pixels.",
            reshaped,
        ),
        Mistake(
            "heads inside out",
            "Head 0 has the first d channels: (heads d), not every heads-th one.",
            heads_inside,
        ),
        Mistake(
            "columns first",
            "You read the pixels column by column: (w h). The map is put together as (h w).",
            columns_first,
        ),
        Mistake(
            "pixels as tokens",
            "Those are the tokens of usual attention: one per pixel. Here every channel is one.",
            pixels_as_tokens,
        ),
        Mistake("heads forgotten", "All channels are in one head: split c into heads.", no_heads),
    ),
    hints=(
        "Print row (head 0, d 0) for the numbered 2×2 map of 4 channels. Channel 0 is 0 4 8 12.",
        "Which axis counts tokens, which their features? Which axes of (b, h, w, c) must move?",
        "rearrange(x, 'b h w (heads d) -> b heads d ...', heads=num_heads) with the pixels last, "
        "row by row.",
    ),
    solution="""
def channel_tokens(x, num_heads):
    return rearrange(x, "b h w (heads d) -> b heads d (h w)", heads=num_heads)
""",
    whole=Whole(
        "restormer_derain", lambda model, f: methods_replaced(model, MDTA, "forward", _with(f))
    ),
)

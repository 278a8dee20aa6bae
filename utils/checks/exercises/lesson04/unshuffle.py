"""Exercise 2: pixels into channels."""

from typing import Any

from einops import rearrange
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn, numbered
from utils.checks.install import replaced
from utils.ops import pixel_unshuffle


def reference(x: Tensor, factor: int) -> Tensor:
    return pixel_unshuffle(x, factor=factor)


def cases() -> list[Case]:
    return [
        Case("a numbered 4×6 map of 1 channel, factor 2", (numbered(1, 4, 6, 1), 2)),
        Case("a numbered 2×4 map of 4 channels, factor 2", (numbered(1, 2, 4, 4), 2)),
        Case("a random batch (2, 6, 3, 9), factor 3", (drawn(2, 6, 3, 9), 3)),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "a factor of 2": (drawn(2, 4, 6, 3), 2),
        "one channel": (drawn(2, 6, 9, 1), 3),
        "a square map": (drawn(2, 6, 6, 3), 3),
    }


def shuffle(x, factor):
    return rearrange(x, "b h w (c ph pw) -> b (h ph) (w pw) c", ph=factor, pw=factor)


def places_outside(x, factor):
    return rearrange(x, "b (h ph) (w pw) c -> b h w (ph pw c)", ph=factor, pw=factor)


def by_columns(x, factor):
    return rearrange(x, "b (h ph) (w pw) c -> b h w (c pw ph)", ph=factor, pw=factor)


def far_pixels(x, factor):
    return rearrange(x, "b (ph h) (pw w) c -> b h w (c ph pw)", ph=factor, pw=factor)


def no_permute(x, factor):
    b, h, w, c = x.shape
    return x.reshape(b, h // factor, w // factor, c * factor**2)


def first_pixel(x, factor):
    return x[:, ::factor, ::factor].repeat(1, 1, 1, factor**2)


EXERCISE = Exercise(
    name="unshuffle",
    title="Pixels into channels",
    difficulty=2,
    minutes=10,
    why="How Restormer halves a map without losing a value. Pooling forgets; a restorer must not.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    view="b h w c -> (b h w) c",
    easy=easy,
    mistakes=(
        Mistake(
            "places outside",
            "Your channels are ordered (ph pw c): all channels of the first pixel, then of the "
            "next. torch and the published weights want (c ph pw): all pixels of one channel.",
            places_outside,
        ),
        Mistake(
            "shuffle for unshuffle",
            "That is the way back: channels into pixels. Here the map becomes smaller and its "
            "channels more.",
            shuffle,
        ),
        Mistake(
            "by columns",
            "You read each square column by column. It is read row by row: (c ph pw).",
            by_columns,
        ),
        Mistake(
            "far pixels joined",
            "Your squares take pixels from all over the map, as a grid does. The pixels of one "
            "square are neighbors: (h ph) and not (ph h).",
            far_pixels,
        ),
        Mistake(
            "no permute",
            "A reshape alone cuts the memory into stretches of rows: these are no squares.",
            no_permute,
        ),
        Mistake(
            "one pixel repeated",
            "You keep one pixel of each square and repeat it: three quarters are lost.",
            first_pixel,
        ),
    ),
    hints=(
        "Split h into (h ph) and w into (w pw), as for windows. Where do ph and pw go?",
        "Into the channels. In which order: (ph pw c) or (c ph pw)? The values of one channel "
        "stand together, row by row.",
        "rearrange(x, 'b (h ph) (w pw) c -> b h w (c ph pw)', ph=..., pw=...).",
    ),
    solution="""
def unshuffle(x, factor):
    return rearrange(x, "b (h ph) (w pw) c -> b h w (c ph pw)", ph=factor, pw=factor)
""",
    whole=Whole(
        "restormer_derain",
        lambda model, f: replaced(
            "utils.models.restormer.blocks.pixel_unshuffle", lambda x, *, factor: f(x, factor)
        ),
    ),
)

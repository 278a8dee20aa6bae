"""Exercise 2: one row of tokens, three maps."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from einops import rearrange, unpack
from torch import Tensor, nn

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn, numbered
from utils.checks.install import replaced

Sizes = tuple[tuple[int, int], ...]


def reference(side: Tensor, sizes: Sizes) -> list[Tensor]:
    return list(unpack(side, list(sizes), "b * c"))


def cases() -> list[Case]:
    return [
        Case("maps of 4×6, 2×3 and 1×2", (numbered(1, 32, 1), ((4, 6), (2, 3), (1, 2)))),
        Case("two pictures, 6×4, 3×2, 2×1", (drawn(2, 32, 3), ((6, 4), (3, 2), (2, 1)))),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "square maps": (drawn(2, 21, 3), ((4, 4), (2, 2), (1, 1))),
        "maps of which each has half the sides of the one before": (
            drawn(2, 84, 3),
            ((8, 8), (4, 4), (2, 2)),
        ),
    }


def _cut(side, sizes, *, pattern="b (h w) c -> b h w c", order=1):
    counts = [h * w for h, w in sizes]
    parts = side.split(counts[::order], dim=1)[::order]
    return [rearrange(part, pattern, h=h, w=w) for part, (h, w) in zip(parts, sizes, strict=True)]


def coarsest_first(side, sizes):
    return _cut(side, sizes, order=-1)


def always_from_the_start(side, sizes):
    return [side[:, : h * w].unflatten(1, (h, w)) for h, w in sizes]


def column_by_column(side, sizes):
    return _cut(side, sizes, pattern="b (w h) c -> b h w c")


def no_permute(side, sizes):
    b, _, c = side.shape
    return [part.reshape(b, c, *part.shape[1:3]).permute(0, 2, 3, 1) for part in _cut(side, sizes)]


def pictures_mixed(side, sizes):
    b, _, c = side.shape
    parts = side.reshape(-1, c).split([b * h * w for h, w in sizes])
    return [part.reshape(b, h, w, c) for part, (h, w) in zip(parts, sizes, strict=True)]


def from_the_next_cell(side, sizes):
    return _cut(side.roll(-1, dims=1), sizes)


def install(model: nn.Module, f: Callable[..., Any]) -> AbstractContextManager[None]:
    """The place that takes the row of answers apart."""
    return replaced("utils.models.vit_adapter.attentions.as_maps", f)


EXERCISE = Exercise(
    name="split_levels",
    title="One row of tokens, three maps",
    difficulty=2,
    minutes=10,
    why="Attention answers the side path's three maps in one row of tokens. Only the sizes tell "
    "where one ends and the next begins; no error tells that they were read in another order.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    parts=("the map at 1/8", "the map at 1/16", "the map at 1/32"),
    view="b h w c -> (b h) (w c)",
    easy=easy,
    mistakes=(
        Mistake(
            "levels split in the wrong order",
            "You begin with the coarsest map. The finest comes first: 1/8, 1/16, 1/32.",
            coarsest_first,
        ),
        Mistake(
            "always from the start",
            "Every map begins at token 0. The second begins where the first ends.",
            always_from_the_start,
        ),
        Mistake(
            "column by column",
            "You lay the tokens down the columns. They run row by row: (h w), not (w h).",
            column_by_column,
        ),
        Mistake(
            "no permute",
            "You reshape the tokens to (b, c, h, w): that cuts the numbers in another way. The "
            "channels already stand last.",
            no_permute,
        ),
        Mistake(
            "pictures mixed",
            "You count over the whole batch. Every picture has a row of its own: split axis 1.",
            pictures_mixed,
        ),
        Mistake(
            "one token too far",
            "Your maps begin one token too late: the first one begins at token 0.",
            from_the_next_cell,
        ),
    ),
    hints=(
        "How many tokens does each map have? Where does the second one begin?",
        "side.split([h * w, ...], dim=1) cuts the row; unflatten(1, (h, w)) makes a map.",
        "parts = side.split([h * w for h, w in sizes], dim=1), then "
        "[part.unflatten(1, size) for part, size in zip(parts, sizes)].",
    ),
    solution="""
def split_levels(side, sizes):
    parts = side.split([h * w for h, w in sizes], dim=1)
    return [part.unflatten(1, size) for part, size in zip(parts, sizes, strict=True)]
""",
    whole=Whole("vit_adapter_t", install),
)

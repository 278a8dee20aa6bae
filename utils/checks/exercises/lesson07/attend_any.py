"""Exercise 9: six kinds of attention in one function."""

from typing import Any

from einops import rearrange
from torch import Tensor
from torch.nn import functional

from utils.checks.exercise import Case, Exercise, Mistake
from utils.checks.exercises.inputs import drawn

Size = tuple[int, int]
CUTS = {
    "window": "b (nh wh) (nw ww) c -> b (nh nw) (wh ww) c",
    "grid": "b (wh nh) (ww nw) c -> b (nh nw) (wh ww) c",
    "rows": "b h w c -> b h w c",
    "columns": "b h w c -> b w h c",
    "all": "b h w c -> b 1 (h w) c",
    "channels": "b h w c -> b 1 c (h w)",
}


def _mix(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    kind: str,
    window_size: Size,
    *,
    cosine: bool = True,
    scaled: bool = True,
    dim: int = -1,
) -> Tensor:
    (h, w), (wh, ww) = q.shape[1:3], window_size
    left, right = CUTS[kind].split(" -> ")
    sizes = {"h": h, "w": w}
    if kind in ("window", "grid"):
        sizes = {"wh": wh, "ww": ww, "nh": h // wh, "nw": w // ww}
    q, k, v = (rearrange(x, f"{left} -> {right}", **sizes) for x in (q, k, v))
    scale = q.shape[-1] ** -0.5 if scaled else 1.0
    if kind == "channels" and cosine:
        q, k, scale = functional.normalize(q, dim=-1), functional.normalize(k, dim=-1), 1.0
    out = (q @ k.mT * scale).softmax(dim) @ v
    return rearrange(out, f"{right} -> {left}", **sizes)


def reference(q: Tensor, k: Tensor, v: Tensor, kind: str, window_size: Size) -> Tensor:
    return _mix(q, k, v, kind, window_size)


def cases() -> list[Case]:
    made = []
    for number, kind in enumerate(CUTS):
        shape = (1 + number % 2, 4, 6, 3)
        maps = (drawn(*shape, seed=s + 3 * number) for s in range(3))
        made.append(Case(f"{kind}, a 4×6 map, windows of 2×3", (*maps, kind, (2, 3))))
    return made


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "square windows of a square map": (
            *(drawn(1, 4, 4, 3, seed=s) for s in range(3)),
            "grid",
            (2, 2),
        ),
    }


def no_scale(q, k, v, kind, window_size):
    return _mix(q, k, v, kind, window_size, scaled=False)


def channels_without_lengths(q, k, v, kind, window_size):
    return _mix(q, k, v, kind, window_size, cosine=False)


def grid_as_windows(q, k, v, kind, window_size):
    return _mix(q, k, v, "window" if kind == "grid" else kind, window_size)


def rows_for_columns(q, k, v, kind, window_size):
    other = {"rows": "columns", "columns": "rows"}.get(kind, kind)
    return _mix(q, k, v, other, window_size)


def softmax_over_queries(q, k, v, kind, window_size):
    return _mix(q, k, v, kind, window_size, dim=-2)


def channels_as_cells(q, k, v, kind, window_size):
    return _mix(q, k, v, "all" if kind == "channels" else kind, window_size)


def queries_for_values(q, k, v, kind, window_size):
    return _mix(q, k, q, kind, window_size)


EXERCISE = Exercise(
    name="attend_any",
    title="Six kinds in one function",
    difficulty=5,
    minutes=25,
    why="If you can write all of them in one function, you know in what they differ: one "
    "pattern, and "
    "once a length.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    gradients=True,
    view="b h w c -> (b h) (w c)",
    easy=easy,
    mistakes=(
        Mistake("scale forgotten", "Scores between cells are divided by √c.", no_scale),
        Mistake(
            "channels without lengths",
            "Restormer compares directions: divide each channel of q and k by its length over all "
            "pixels (and by nothing else).",
            channels_without_lengths,
        ),
        Mistake(
            "the grid as windows",
            "Your grid is cut like windows: the other factor is the outer one.",
            grid_as_windows,
        ),
        Mistake(
            "rows for columns",
            'kind="rows" lets the cells of one row meet, "columns" those of one column.',
            rows_for_columns,
        ),
        Mistake(
            "softmax over the queries",
            "The weights of one query sum to 1: the softmax runs over the last axis, the keys.",
            softmax_over_queries,
        ),
        Mistake(
            "channels as cells",
            "Across channels a channel is the token and the pixels are its features: transpose.",
            channels_as_cells,
        ),
        Mistake("queries for values", "The values are v.", queries_for_values),
    ),
    hints=(
        "Each kind is: cut q, k, v with one pattern into (b, groups, tokens, features), attend, "
        "and "
        "the same pattern backward.",
        "A dictionary kind -> pattern. For the way back split the pattern at the arrow. einops "
        "needs "
        "the sizes that it cannot see.",
        'Across channels: "b h w c -> b 1 c (h w)", normalize q and k over the last axis, no √c.',
    ),
    solution="""
def attend_any(q, k, v, kind, window_size):
    h, w = q.shape[1:3]
    left, right, sizes = "b h w c", "b 1 (h w) c", {"h": h, "w": w}
    if kind == "channels":
        right = "b 1 c (h w)"
        q, k = (x / x.norm(dim=(1, 2), keepdim=True) * (h * w) ** 0.25 for x in (q, k))
    elif kind != "all":
        wh, ww = {"rows": (1, w), "columns": (h, 1)}.get(kind, window_size)
        left = "b (wh nh) (ww nw) c" if kind == "grid" else "b (nh wh) (nw ww) c"
        right, sizes = "b (nh nw) (wh ww) c", {"wh": wh, "ww": ww, "nw": w // ww, "nh": h // wh}
    q, k, v = (rearrange(x, f"{left} -> {right}", **sizes) for x in (q, k, v))
    out = (q @ k.mT / q.shape[-1] ** 0.5).softmax(dim=-1) @ v
    return rearrange(out, f"{right} -> {left}", **sizes)
""",
)

"""Exercise 7: the same attention, twice."""

from typing import Any

from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.models.maxvit import AxisAttention
from utils.ops import crop, merge_windows, pad_to_multiple, padding_mask, partition_windows


def reference(layer: AxisAttention, x: Tensor) -> Tensor:
    return layer.attend(x)


def cases() -> list[Case]:
    window = filled(lambda: AxisAttention(6, num_heads=2, window_size=2))
    grid = filled(lambda: AxisAttention(6, num_heads=3, window_size=3, kind="grid"), seed=1)
    return [
        Case("a map (1, 4, 8, 6), windows", (window, drawn(1, 4, 8, 6))),
        Case("a batch (2, 6, 9, 6), grid", (grid, drawn(2, 6, 9, 6, seed=1))),
        Case("a map (1, 4, 7, 6) that needs padding, grid", (grid, drawn(1, 4, 7, 6, seed=2))),
        Case("a map (1, 3, 5, 6) that needs padding, windows", (window, drawn(1, 3, 5, 6, seed=3))),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "maps that need no padding": (
            filled(lambda: AxisAttention(6, num_heads=3, window_size=3, kind="grid")),
            drawn(2, 6, 9, 6, seed=4),
        ),
    }


def _attend(
    layer: Any, x: Tensor, *, cut: Any = None, joined: Any = None, masked: Any = True
) -> Tensor:
    """The right way but for the kinds with which the map is cut, joined and masked."""
    size, window_size = (x.shape[1], x.shape[2]), layer.window_size
    x = pad_to_multiple(x, multiple=window_size)
    mask = None
    if masked and tuple(x.shape[1:3]) != size:
        kind = layer.kind if masked is True else masked
        mask = padding_mask(size, window_size=window_size, kind=kind)
    groups = partition_windows(x, window_size=window_size, kind=cut or layer.kind)
    groups = layer.attention(groups, mask)
    joined = joined or cut or layer.kind
    return crop(merge_windows(groups, window_size=window_size, kind=joined), size=size)


OTHER = {"window": "grid", "grid": "window"}


def always_windows(layer, x):
    return _attend(layer, x, cut="window")


def always_grid(layer, x):
    return _attend(layer, x, cut="grid")


def kinds_swapped(layer, x):
    return _attend(layer, x, cut=OTHER[layer.kind])


def merged_as_windows(layer, x):
    return _attend(layer, x, joined="window")


def mask_forgotten(layer, x):
    return _attend(layer, x, masked=False)


def mask_of_windows(layer, x):
    return _attend(layer, x, masked="window")


def not_put_back(layer, x):
    size = (x.shape[1], x.shape[2])
    padded = pad_to_multiple(x, multiple=layer.window_size)
    mask = None
    if padded.shape != x.shape:
        mask = padding_mask(size, window_size=layer.window_size, kind=layer.kind)
    groups = partition_windows(padded, window_size=layer.window_size, kind=layer.kind)
    return crop(layer.attention(groups, mask).reshape(padded.shape), size=size)


def residual_inside(layer, x):
    return x + _attend(layer, x)


EXERCISE = Exercise(
    name="attend_groups",
    title="The same attention, twice",
    difficulty=4,
    minutes=20,
    why="MaxViT's whole idea: nothing but the grouping differs between looking near and looking "
    "far. One word decides, and it must be the same word three times.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    gradients=True,
    view="b h w c -> (b h w) c",
    may_call=("utils.ops", "utils.layers"),
    easy=easy,
    mistakes=(
        Mistake(
            "block for grid",
            "All your groups are windows: the layer's kind is ignored, and two window attentions "
            "stand in a row.",
            always_windows,
        ),
        Mistake("grid for block", "All your groups are grid groups: use layer.kind.", always_grid),
        Mistake("kinds swapped", "You cut windows where the layer says grid.", kinds_swapped),
        Mistake(
            "merged as windows",
            "The map was cut as a grid and put together as windows: every cell lands in a wrong "
            "place. merge_windows wants the same kind.",
            merged_as_windows,
        ),
        Mistake(
            "padding seen",
            "The padded cells are keys like all others. Zeros are not nothing: each takes its "
            "share of the softmax. padding_mask hides them.",
            mask_forgotten,
        ),
        Mistake(
            "mask of another kind",
            "The mask belongs to windows, the groups to the grid. In a grid the padding is spread "
            "over the groups in another way: padding_mask wants the same kind.",
            mask_of_windows,
        ),
        Mistake(
            "never put back",
            "A reshape does not put the groups back in their places: merge_windows does.",
            not_put_back,
        ),
        Mistake(
            "a residual too many",
            "The skip lies outside: here only what the attention gives is wanted.",
            residual_inside,
        ),
    ),
    hints=(
        "In this order: pad, cut, layer.attention(groups, mask), merge, crop. Three of them want "
        "to know the kind.",
        "pad_to_multiple(x, multiple=layer.window_size). The mask is None where nothing was "
        "padded, else padding_mask(size before padding, window_size=..., kind=...).",
        "partition_windows(x, window_size=layer.window_size, kind=layer.kind), the same two words "
        "in merge_windows and padding_mask; crop(..., size=size) last.",
    ),
    solution="""
def attend_groups(layer, x):
    size, how = tuple(x.shape[1:3]), {"window_size": layer.window_size, "kind": layer.kind}
    x = pad_to_multiple(x, multiple=layer.window_size)
    mask = padding_mask(size, **how) if tuple(x.shape[1:3]) != size else None
    groups = layer.attention(partition_windows(x, **how), mask)
    return crop(merge_windows(groups, **how), size=size)
""",
    whole=Whole("maxvit_t", lambda model, f: methods_replaced(model, AxisAttention, "attend", f)),
)

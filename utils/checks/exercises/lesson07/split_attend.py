"""Exercise 5: GMFlow's shifted split attention out of Swin's parts."""

from typing import Any

from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.install import replaced
from utils.ops import (
    attention,
    cyclic_shift,
    cyclic_unshift,
    merge_windows,
    partition_windows,
    shift_mask,
    split_attention,
)


def reference(q: Tensor, k: Tensor, v: Tensor, splits: int) -> Tensor:
    return split_attention(q, k, v, splits=splits, shift=True)


def cases() -> list[Case]:
    return [
        Case("one 4×8 map, 2 splits", (*(drawn(1, 4, 8, 3, seed=s) for s in range(3)), 2)),
        Case("two 6×12 maps, 3 splits", (*(drawn(2, 6, 12, 2, seed=s) for s in range(3)), 3)),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "square maps": (*(drawn(1, 8, 8, 3, seed=s) for s in range(3)), 2),
        "2 splits": (*(drawn(2, 4, 8, 3, seed=s + 5) for s in range(3)), 2),
    }


def _split(q, k, v, size, shift, *, masked=True, back=True, keys=True):
    def cut(x, rolled=True):
        x = cyclic_shift(x, shift_size=shift) if rolled else x
        return partition_windows(x, window_size=size)[:, :, :, None]

    mask = shift_mask(tuple(q.shape[1:3]), window_size=size, shift_size=shift)[:, :, None]
    out = attention(cut(q), cut(k, keys), cut(v), bias=mask if masked else None)
    out = merge_windows(out[:, :, :, 0], window_size=size)
    return cyclic_unshift(out, shift_size=shift) if back else out


def _sizes(q, splits):
    size = (q.shape[1] // splits, q.shape[2] // splits)
    return size, (size[0] // 2, size[1] // 2)


def not_masked(q, k, v, splits):
    return _split(q, k, v, *_sizes(q, splits), masked=False)


def not_rolled_back(q, k, v, splits):
    return _split(q, k, v, *_sizes(q, splits), back=False)


def not_shifted(q, k, v, splits):
    return split_attention(q, k, v, splits=splits, shift=False)


def keys_not_rolled(q, k, v, splits):
    return _split(q, k, v, *_sizes(q, splits), keys=False)


def splits_for_a_size(q, k, v, splits):
    return _split(q, k, v, (splits, splits), (splits // 2, splits // 2))


def one_shift_for_both_axes(q, k, v, splits):
    size, shift = _sizes(q, splits)
    return _split(q, k, v, size, (shift[0], shift[0]))


def scale_forgotten(q, k, v, splits):
    return reference(q * q.shape[-1] ** 0.5, k, v, splits)


def values_stay(q, k, v, splits):
    _, shift = _sizes(q, splits)
    return reference(q, k, cyclic_unshift(v, shift_size=shift), splits)


EXERCISE = Exercise(
    name="split_attend",
    title="Windows by their number",
    difficulty=3,
    minutes=15,
    why="Swin fixes the size of a window, GMFlow the number: the parts are the same, and so are "
    "the "
    "ways to get the mask wrong.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    gradients=True,
    view="b h w c -> (b h) (w c)",
    may_call=(
        "utils.ops.windows",
        "utils.ops.shift",
        "utils.ops.masks",
        "utils.ops.attention",
        "utils.errors",
    ),
    easy=easy,
    mistakes=(
        Mistake(
            "not masked",
            "After the roll, cells from opposite rims meet in the last windows: add shift_mask to "
            "the scores.",
            not_masked,
        ),
        Mistake(
            "not rolled back",
            "The map comes out shifted: undo the roll at the end.",
            not_rolled_back,
        ),
        Mistake("not shifted", "These windows are not shifted.", not_shifted),
        Mistake(
            "keys not rolled",
            "Queries and values are rolled and the keys are not: all three move together.",
            keys_not_rolled,
        ),
        Mistake(
            "count taken for a size",
            "splits is the number of windows a side. A window is (h // splits, w // splits).",
            splits_for_a_size,
        ),
        Mistake(
            "one shift for both axes",
            "Half a window is another number of cells down than across.",
            one_shift_for_both_axes,
        ),
        Mistake(
            "scale forgotten",
            "The scores are divided by √d (attention does that by itself).",
            scale_forgotten,
        ),
        Mistake(
            "values not shifted",
            "q and k are shifted, v is not: each weight then belongs to another cell's value.",
            values_stay,
        ),
    ),
    hints=(
        "Which window and which shift does Swin need, so that splits × splits windows cover the "
        "map?",
        "Roll, cut, attend with the mask, merge, roll back. attention wants a heads axis before "
        "the "
        "tokens: windows[:, :, :, None].",
        "size = (h // splits, w // splits), shift = half of each; the mask of shape (nh, nw, n, n) "
        "needs the heads axis, too: mask[:, :, None].",
    ),
    solution="""
def split_attend(q, k, v, splits):
    size = (q.shape[1] // splits, q.shape[2] // splits)
    shift = (size[0] // 2, size[1] // 2)
    mask = shift_mask(tuple(q.shape[1:3]), window_size=size, shift_size=shift)
    q, k, v = (
        partition_windows(cyclic_shift(x, shift_size=shift), window_size=size)[:, :, :, None]
        for x in (q, k, v)
    )
    out = attention(q, k, v, bias=mask[:, :, None])[:, :, :, 0]
    return cyclic_unshift(merge_windows(out, window_size=size), shift_size=shift)
""",
    whole=Whole(
        "gmflow",
        lambda model, f: replaced(
            "utils.models.gmflow.transformer.split_attention",
            lambda q, k, v, *, splits, shift=False: (
                f(q, k, v, splits)
                if shift and splits > 1
                else split_attention(q, k, v, splits=splits)
            ),
        ),
        tolerance=1e-4,
    ),
)

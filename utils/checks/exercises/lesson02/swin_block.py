"""Exercise 9: the block."""

from typing import Any

from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.models.swin import SwinBlock
from utils.ops import (
    crop,
    cyclic_shift,
    cyclic_unshift,
    merge_windows,
    pad_to_multiple,
    partition_windows,
    shift_mask,
)


def reference(block: SwinBlock, x: Tensor) -> Tensor:
    return block(x)


def cases() -> list[Case]:
    plain = filled(lambda: SwinBlock(6, num_heads=2, window_size=3))
    shifted = filled(lambda: SwinBlock(6, num_heads=3, window_size=4, shift_size=2), seed=1)
    return [
        Case("a map (1, 6, 9, 6), window 3, no shift", (plain, drawn(1, 6, 9, 6))),
        Case("a map (2, 8, 12, 6), window 4, shift 2", (shifted, drawn(2, 8, 12, 6, seed=1))),
        Case("a map (1, 7, 10, 6) that needs padding", (shifted, drawn(1, 7, 10, 6, seed=2))),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "a map that needs neither padding nor a shift": (
            filled(lambda: SwinBlock(6, num_heads=2, window_size=3)),
            drawn(2, 6, 9, 6, seed=3),
        ),
    }


def _attend(block, x, *, unshift=True, masked=True, pad=True, mask_size=None):
    size = x.shape[1:3]
    x = pad_to_multiple(x, multiple=block.window_size) if pad else x
    shift = block.shift_for(x.shape[1:3])
    cut = {"window_size": block.window_size, "shift_size": shift}
    mask = shift_mask(x.shape[1:3], **cut) if any(shift) and masked else None
    windows = partition_windows(cyclic_shift(x, shift_size=shift), window_size=block.window_size)
    x = merge_windows(block.attention(windows, mask), window_size=block.window_size)
    return crop(cyclic_unshift(x, shift_size=shift) if unshift else x, size=size)


def shift_not_undone(block, x):
    x = x + _attend(block, block.norm1(x), unshift=False)
    return x + block.mlp(block.norm2(x))


def mask_forgotten(block, x):
    x = x + _attend(block, block.norm1(x), masked=False)
    return x + block.mlp(block.norm2(x))


def no_residual(block, x):
    x = block.attend(block.norm1(x))
    return block.mlp(block.norm2(x))


def multiplied(block, x):
    x = x * block.attend(block.norm1(x))
    return x * block.mlp(block.norm2(x))


def norm_after(block, x):
    x = block.norm1(x + block.attend(x))
    return block.norm2(x + block.mlp(x))


def residual_of_the_normalized(block, x):
    x = block.norm1(x)
    x = x + block.attend(x)
    x = block.norm2(x)
    return x + block.mlp(x)


def norms_forgotten(block, x):
    x = x + block.attend(x)
    return x + block.mlp(x)


def side_by_side(block, x):
    return x + block.attend(block.norm1(x)) + block.mlp(block.norm2(x))


def padded_before_the_norm(block, x):
    size = x.shape[1:3]
    padded = pad_to_multiple(x, multiple=block.window_size)
    x = x + crop(_attend(block, block.norm1(padded)), size=size)
    return x + block.mlp(block.norm2(x))


def never_shifted(block, x):
    shift, block.shift_size = block.shift_size, (0, 0)
    try:
        return block(x)
    finally:
        block.shift_size = shift


EXERCISE = Exercise(
    name="swin_block",
    title="The block",
    difficulty=5,
    minutes=30,
    why="Everything so far in one function: when this is right, Swin is right.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    gradients=True,
    view="b h w c -> (b h w) c",
    may_call=("utils.ops", "utils.layers", "utils.models.swin.model.SwinBlock.shift_for"),
    easy=easy,
    mistakes=(
        Mistake(
            "shift not undone",
            "After the attention the map is still rolled: the residual adds it to the wrong "
            "places. Roll it back before the crop.",
            shift_not_undone,
        ),
        Mistake(
            "mask forgotten",
            "The shifted windows attend without a mask: opposite ends of the picture mix.",
            mask_forgotten,
        ),
        Mistake("never shifted", "You ignore the shift of the block.", never_shifted),
        Mistake(
            "no residual",
            "The input is lost: each half is added to what came in, x + ...",
            no_residual,
        ),
        Mistake(
            "a skip that multiplies",
            "The skip is a sum, not a product. (A public MaxViT had this, too.)",
            multiplied,
        ),
        Mistake(
            "norm after instead of before",
            "You normalize the sum. Swin normalizes what goes into each half: pre-norm.",
            norm_after,
        ),
        Mistake(
            "residual of the normalized map",
            "You add to the normalized map. The skip carries x as it came.",
            residual_of_the_normalized,
        ),
        Mistake("norms forgotten", "norm1 and norm2 are missing.", norms_forgotten),
        Mistake(
            "both halves side by side",
            "The MLP must see the sum after the attention, not the block's input.",
            side_by_side,
        ),
        Mistake(
            "padded before the norm",
            "You pad and then normalize: zeros become the norm's bias. Swin pads after norm1.",
            padded_before_the_norm,
        ),
    ),
    hints=(
        "Two lines of equation (3): x = x + attention(norm1(x)); x = x + mlp(norm2(x)). "
        "Everything else happens inside the first.",
        "Inside: pad, shift, partition, block.attention(windows, mask), merge, unshift, crop. "
        "block.shift_for(size of the padded map) gives the shift on each axis.",
        "mask = shift_mask(size, window_size=..., shift_size=...) if any(shift) else None, with "
        "the size of the padded map; crop last, to the size before padding.",
    ),
    solution="""
def swin_block(block, x):
    size, window_size = x.shape[1:3], block.window_size
    y = pad_to_multiple(block.norm1(x), multiple=window_size)
    padded = tuple(y.shape[1:3])
    shift = block.shift_for(padded)
    mask = shift_mask(padded, window_size=window_size, shift_size=shift) if any(shift) else None
    y = partition_windows(cyclic_shift(y, shift_size=shift), window_size=window_size)
    y = merge_windows(block.attention(y, mask), window_size=window_size)
    y = crop(cyclic_unshift(y, shift_size=shift), size=tuple(size))
    x = x + y
    return x + block.mlp(block.norm2(x))
""",
    whole=Whole("swin_t", lambda model, f: methods_replaced(model, SwinBlock, "forward", f)),
)

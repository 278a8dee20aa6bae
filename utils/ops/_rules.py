"""What several operations ask of their arguments, beyond what an annotation can say."""

from math import prod

from utils.contracts import Size, holds


def _fills(size: Size, window_size: Size) -> bool:
    return size[0] % window_size[0] == 0 and size[1] % window_size[1] == 0


def _not_filled(size: Size, window_size: Size) -> str:
    (h, w), (wh, ww) = size, window_size
    return f"a {h}×{w} map cannot be cut into {wh}×{ww} windows"


def _filled(size: Size, window_size: Size) -> str:
    fit = [side + -side % step for side, step in zip(size, window_size, strict=True)]
    return f"pad it to {fit[0]}×{fit[1]} first (pad_to_multiple does)"


_DIVIDE = "the window's sides must divide the map's"

windows_fill_map = holds(
    lambda h, w, window_size: _fills((h, w), window_size),
    _DIVIDE,
    came=lambda h, w, window_size: _not_filled((h, w), window_size),
    mend=lambda h, w, window_size: _filled((h, w), window_size),
)
windows_fill_size = holds(_fills, _DIVIDE, came=_not_filled, mend=_filled)
shift_below_window = holds(
    lambda shift_size, window_size: all(
        0 <= by < side for by, side in zip(shift_size, window_size, strict=True)
    ),
    "on each axis 0 ≤ shift < window: a shift by a whole window changes nothing",
    came=lambda shift_size, window_size: (
        f"shift_size {shift_size} came for windows of {window_size[0]}×{window_size[1]}"
    ),
    mend=lambda window_size: (
        f"half a window, shift_size={(window_size[0] // 2, window_size[1] // 2)}, "
        "is the published choice"
    ),
    of="setting",
)
splits_divide_size = holds(
    lambda size, splits: _fills(size, (splits, splits)),
    "splits is a whole number that divides both sides",
    came=lambda size, splits: f"{splits} splits of a {size[0]}×{size[1]} map came",
    mend="pass splits=1, or pad the map to a multiple (pad_to_multiple does)",
    of="setting",
)
splits_divide_map = holds(
    lambda h, w, splits: _fills((h, w), (splits, splits)),
    "splits is a whole number that divides both sides",
    came=lambda h, w, splits: f"{splits} splits of a {h}×{w} map came",
    mend="pass splits=1, or pad the map to a multiple (pad_to_multiple does)",
    of="setting",
)
channels_by_four = holds(
    lambda channels: channels % 4 == 0,
    "the position needs a multiple of 4: pairs for y and for x",
    mend="pass the width of the features, 128 for GMFlow",
    of="setting",
)
q_k_v_of_one_dtype = holds(
    lambda q, k, v: q.dtype == k.dtype == v.dtype,
    "all three have one floating-point dtype",
    came=lambda q, k, v: f"q, k, v of dtypes {q.dtype}, {k.dtype}, {v.dtype} came",
    mend="call .float() on each",
)


def cells(size: Size) -> int:
    """How many cells a map of this size has."""
    return prod(size)


def padded(size: Size, multiple: Size) -> int:
    """How many cells a map of this size has once it is padded to a multiple."""
    return prod(side + -side % step for side, step in zip(size, multiple, strict=True))


__all__ = [
    "cells",
    "channels_by_four",
    "padded",
    "q_k_v_of_one_dtype",
    "shift_below_window",
    "splits_divide_map",
    "splits_divide_size",
    "windows_fill_map",
    "windows_fill_size",
]

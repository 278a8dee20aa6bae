"""Exercise 6, find the bug: a shift that should not be."""

from typing import Any

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.install import methods_replaced
from utils.models.swin import SwinBlock

Size = tuple[int, int]


def reference(size: Size, window_size: Size, shift_size: Size) -> Size:
    rows, columns = (
        0 if side <= window else shift
        for side, window, shift in zip(size, window_size, shift_size, strict=True)
    )
    return rows, columns


def cases() -> list[Case]:
    sizes = [((56, 56), (7, 7)), ((7, 7), (7, 7)), ((14, 7), (7, 7)), ((7, 21), (7, 7))]
    sizes += [((4, 6), (4, 3)), ((6, 4), (3, 4)), ((12, 16), (12, 4)), ((5, 14), (7, 7))]
    made = [
        Case(
            f"a {h}×{w} map, windows of {wh}×{ww}, shift {(wh // 2, ww // 2)}",
            ((h, w), (wh, ww), (wh // 2, ww // 2)),
        )
        for (h, w), (wh, ww) in sizes
    ]
    # The shift is as given: not always half a window.
    return [*made, Case("an 8×12 map, windows of 4×6, shift (1, 2)", ((8, 12), (4, 6), (1, 2)))]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "square maps": ((14, 14), (7, 7), (3, 3)),
    }


def as_found(size, window_size, shift_size):
    return tuple(shift_size)


def all_or_nothing(size, window_size, shift_size):
    covered = any(s <= w for s, w in zip(size, window_size, strict=True))
    return (0, 0) if covered else tuple(shift_size)


def only_if_both(size, window_size, shift_size):
    covered = all(s <= w for s, w in zip(size, window_size, strict=True))
    return (0, 0) if covered else tuple(shift_size)


def one_too_few(size, window_size, shift_size):
    return tuple(
        0 if side < window else shift
        for side, window, shift in zip(size, window_size, shift_size, strict=True)
    )


def turned_around(size, window_size, shift_size):
    return tuple(
        shift if side <= window else 0
        for side, window, shift in zip(size, window_size, shift_size, strict=True)
    )


def axes_swapped(size, window_size, shift_size):
    rows, columns = reference(size, window_size, shift_size)
    return columns, rows


EXERCISE = Exercise(
    name="shift_for",
    title="Find the bug: a shift that should not be",
    difficulty=3,
    minutes=10,
    why="A published line by line trace of Swin shifts in stage 4, where one window "
    "covers the whole map. All shapes are right; the values are off by two thousandths.",
    reference=reference,
    cases=cases,
    axes="side",
    easy=easy,
    mistakes=(
        Mistake(
            "the bug as it was found",
            "You shift although one window covers the map: the mask then cuts true neighbors "
            "apart. No shift on an axis where the map is not larger than the window.",
            as_found,
        ),
        Mistake(
            "one rule for both axes",
            "You drop both shifts when one axis is covered. Each axis is decided alone.",
            all_or_nothing,
        ),
        Mistake(
            "only when both are covered",
            "You keep both shifts until both axes are covered. Each axis is decided alone.",
            only_if_both,
        ),
        Mistake(
            "< for ≤",
            "A map exactly as large as the window needs no shift either: side ≤ window.",
            one_too_few,
        ),
        Mistake(
            "condition turned around",
            "You shift exactly where you should not.",
            turned_around,
        ),
        Mistake("axes swapped", "Rows and columns have changed places.", axes_swapped),
    ),
    hints=(
        "How many windows does a 7×7 map have? What is there for a shift to join?",
        "Decide each axis alone, from its own side and window.",
        "0 if side <= window else shift, once for rows and once for columns.",
    ),
    solution="""
def shift_for(size, window_size, shift_size):
    (h, w), (wh, ww), (dy, dx) = size, window_size, shift_size
    return (0 if h <= wh else dy, 0 if w <= ww else dx)
""",
    whole=Whole(
        "swin_t",
        lambda model, f: methods_replaced(
            model,
            SwinBlock,
            "shift_for",
            lambda block, size: tuple(f(tuple(size), block.window_size, block.shift_size)),
        ),
    ),
)

"""Exercise 1: how many pairs each kind of attention compares."""

from typing import Any

from utils.checks.exercise import Case, Exercise, Mistake

Size = tuple[int, int]


def reference(size: Size, window_size: Size) -> tuple[int, int, int, int]:
    (h, w), (wh, ww) = size, window_size
    n = h * w
    return n * wh * ww, n * w, n * h, n * n


def cases() -> list[Case]:
    settings = [((8, 12), (4, 2)), ((28, 28), (7, 7)), ((30, 20), (5, 4))]
    return [Case(f"a {s[0]}×{s[1]} map, windows of {m[0]}×{m[1]}", (s, m)) for s, m in settings]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "square maps": ((6, 6), (2, 3)),
        "square windows": ((4, 6), (2, 2)),
    }


def one_window_alone(size, window_size):
    return ((window_size[0] * window_size[1]) ** 2, *reference(size, window_size)[1:])


def rows_and_columns_swapped(size, window_size):
    window, rows, columns, whole = reference(size, window_size)
    return window, columns, rows, whole


def one_row_alone(size, window_size):
    window, _, _, whole = reference(size, window_size)
    return window, size[1] ** 2, size[0] ** 2, whole


def not_squared(size, window_size):
    return (*reference(size, window_size)[:3], size[0] * size[1])


def window_side_for_area(size, window_size):
    return (size[0] * size[1] * window_size[0], *reference(size, window_size)[1:])


def both_lines(size, window_size):
    window, rows, columns, whole = reference(size, window_size)
    return window, rows + columns, rows + columns, whole


def each_pair_once(size, window_size):
    windows, rows, columns, _ = reference(size, window_size)
    cells = size[0] * size[1]
    return windows, rows, columns, cells * (cells - 1) // 2


EXERCISE = Exercise(
    name="pair_counts",
    title="How many pairs?",
    difficulty=1,
    minutes=5,
    why="All prices of attention follow from one number: how many keys a query asks.",
    reference=reference,
    cases=cases,
    axes="kind",
    easy=easy,
    mistakes=(
        Mistake(
            "one window alone",
            "You counted the pairs of one window. There are h·w / (wh·ww) of them: count queries "
            "times keys instead, over the whole map.",
            one_window_alone,
        ),
        Mistake(
            "rows and columns swapped",
            "In a row there are w cells, in a column h: attention along rows asks w keys.",
            rows_and_columns_swapped,
        ),
        Mistake(
            "one row alone",
            "You counted one row and one column. All h·w cells ask.",
            one_row_alone,
        ),
        Mistake(
            "not squared",
            "All with all: each of the h·w cells asks all h·w cells.",
            not_squared,
        ),
        Mistake(
            "side for area",
            "A window of wh×ww has wh·ww cells, not wh.",
            window_side_for_area,
        ),
        Mistake(
            "both lines together",
            "Rows and columns are two layers; count each on its own.",
            both_lines,
        ),
        Mistake(
            "each pair counted once",
            "You count each pair once, and no cell with itself. A query asks every "
            "key, its own cell, too: n · n in all.",
            each_pair_once,
        ),
    ),
    hints=(
        "Pairs are queries times keys per query.",
        "There are always h·w queries. How many keys has a window, a row, a column, the map?",
        "return n * wh * ww, n * w, n * h, n * n with n = h * w.",
    ),
    solution="""
def pair_counts(size, window_size):
    (h, w), (wh, ww) = size, window_size
    n = h * w
    return n * wh * ww, n * w, n * h, n * n
""",
)

"""Exercise 4: attention in the grid with nothing but attention in windows."""

from collections.abc import Callable
from typing import Any

from einops import rearrange
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.install import methods_replaced
from utils.models.maxvit.model import AxisAttention
from utils.ops import attention, merge_windows, partition_windows

Size = tuple[int, int]
Attend = Callable[[Tensor], Tensor]
SWAP = "b (wh nh) (ww nw) c -> b (nh wh) (nw ww) c"
BACK = "b (nh wh) (nw ww) c -> b (wh nh) (ww nw) c"


class InWindows:
    """Attention within windows of a map, without weights."""

    def __init__(self, window_size: Size) -> None:
        self.window_size, self.calls = window_size, 0

    def __call__(self, x: Tensor) -> Tensor:
        self.calls += 1
        groups = partition_windows(x, window_size=self.window_size)[:, :, :, None]
        out = attention(groups, groups, groups)[:, :, :, 0]
        return merge_windows(out, window_size=self.window_size)

    def __repr__(self) -> str:
        return f"attention in windows of {self.window_size[0]}×{self.window_size[1]}"


def handled(args: tuple[Any, ...]) -> str:
    """Whether `attend` was asked once, as the text says."""
    calls = args[0].calls
    return (
        ""
        if calls == 1
        else (
            f"`attend` was called {calls} times: once is enough, on the whole map, when the cells "
            "of each grid group lie together."
        )
    )


def reference(attend: Attend, x: Tensor, window_size: Size) -> Tensor:
    wh, ww = window_size
    return rearrange(attend(rearrange(x, SWAP, wh=wh, ww=ww)), BACK, wh=wh, ww=ww)


def cases() -> list[Case]:
    return [
        Case("a 4×9 map, windows of 2×3", (InWindows((2, 3)), drawn(1, 4, 9, 2), (2, 3))),
        Case("two 6×8 maps, windows of 3×2", (InWindows((3, 2)), drawn(2, 6, 8, 3), (3, 2))),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "a square map in square windows": (InWindows((2, 2)), drawn(1, 4, 4, 2), (2, 2)),
        "square windows": (InWindows((2, 2)), drawn(2, 4, 6, 3), (2, 2)),
    }


def _by(first: str, second: str, attend: Attend, x: Tensor, window_size: Size) -> Tensor:
    wh, ww = window_size
    return rearrange(attend(rearrange(x, first, wh=wh, ww=ww)), second, wh=wh, ww=ww)


def windows_as_they_are(attend, x, window_size):
    return attend(x)


def not_swapped_back(attend, x, window_size):
    return attend(rearrange(x, SWAP, wh=window_size[0], ww=window_size[1]))


def swapped_the_other_way(attend, x, window_size):
    return _by(BACK, SWAP, attend, x, window_size)


def rows_alone(attend, x, window_size):
    return _by(
        "b (wh nh) (nw ww) c -> b (nh wh) (nw ww) c",
        "b (nh wh) (nw ww) c -> b (wh nh) (nw ww) c",
        attend,
        x,
        window_size,
    )


def swapped_twice_forward(attend, x, window_size):
    return _by(SWAP, SWAP, attend, x, window_size)


def columns_alone(attend, x, window_size):
    first = "b (nh wh) (ww nw) c -> b (nh wh) (nw ww) c"
    return _by(first, " -> ".join(first.split(" -> ")[::-1]), attend, x, window_size)


def _install(model, f):  # type: ignore[no-untyped-def]
    windows = AxisAttention.attend

    def attend(module, x):  # type: ignore[no-untyped-def]
        if module.kind == "window":
            return windows(module, x)
        module.kind = "window"
        try:
            return f(lambda y: windows(module, y), x, module.window_size)
        finally:
            module.kind = "grid"

    return methods_replaced(model, AxisAttention, "attend", attend)


EXERCISE = Exercise(
    name="grid_by_window",
    title="A grid out of windows",
    difficulty=3,
    minutes=10,
    why="Two ideas that differ in one permutation need one piece of code, and one test.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    gradients=True,
    view="b h w c -> (b h) (w c)",
    handled=handled,
    may_call=("utils.checks.exercises.lesson07.grid_by_window.InWindows", "utils.ops"),
    easy=easy,
    mistakes=(
        Mistake(
            "windows as they are",
            "This is attention in windows. Move the cells first, so that a grid group lies "
            "together.",
            windows_as_they_are,
        ),
        Mistake(
            "not moved back",
            "The right cells met, but the map comes out in the order of the windows: move them "
            "back.",
            not_swapped_back,
        ),
        Mistake(
            "moved the other way",
            "You move first as you should move back. On the way in the grid's letters stand on the "
            "left: (wh nh) becomes (nh wh).",
            swapped_the_other_way,
        ),
        Mistake(
            "rows alone",
            "You move rows and leave the columns: both axes have to be swapped.",
            rows_alone,
        ),
        Mistake(
            "the same move twice",
            "Moving twice in one direction is no way back, unless the map is as many windows as a "
            "window has cells.",
            swapped_twice_forward,
        ),
        Mistake(
            "columns alone",
            "You move columns and leave the rows: both axes have to be swapped.",
            columns_alone,
        ),
    ),
    hints=(
        "A grid group takes one cell out of every stride. Where must these cells go, so that a "
        "window holds just them?",
        "Compare BLOCK and GRID in utils.ops.windows: only the order within the brackets differs.",
        '"b (wh nh) (ww nw) c -> b (nh wh) (nw ww) c" on the way in; back, the two sides change '
        "places.",
    ),
    solution="""
def grid_by_window(attend, x, window_size):
    wh, ww = window_size
    x = rearrange(x, "b (wh nh) (ww nw) c -> b (nh wh) (nw ww) c", wh=wh, ww=ww)
    x = attend(x)
    return rearrange(x, "b (nh wh) (nw ww) c -> b (wh nh) (ww nw) c", wh=wh, ww=ww)
""",
    whole=Whole("maxvit_t", _install),
)

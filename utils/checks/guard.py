"""Run a learner's function so that nothing it does can hurt: it is timed, heard and watched."""

import contextlib
import copy
import dis
import inspect
import io
import linecache
import sys
import sysconfig
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from utils.contracts import Contract

PATIENCE = 4  # times the seconds: where a machine is busy, or the lines sleep
UTILS = str(Path(__file__).resolve().parents[1])
GUARD = str(Path(__file__).resolve())
EXERCISES = str(Path(__file__).resolve().parent / "exercises")
LIBRARIES = (
    *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
    str(Path(torch.__file__).resolve().parents[1]),
    "<frozen",
    "<__array_function__",
)
# Our own spelling of layers that torch has, too: a given layer may always be made of them.
PLAIN_LAYERS = ("utils.layers.map_norm.", "utils.tap.")
# What stands around every operation: it makes nothing, so it says nothing about who was asked.
GROUND = {f"utils.{room}" for room in ("contracts", "annotations", "switch", "caching")}
CONTRACT = inspect.unwrap(Contract.__call__).__code__
IDLE = {
    "RESUME",
    "LOAD_CONST",
    "RETURN_VALUE",
    "RETURN_CONST",
    "NOP",
    "MAKE_CELL",
    "COPY_FREE_VARS",
}


class TooLong(BaseException):
    """The learner's lines ran longer than they may; `except Exception` does not swallow it."""


@dataclass(frozen=True)
class Outcome:
    """What one call gave, and what it did on the way."""

    value: Any = None
    error: BaseException | None = None
    where: str = ""  # the learner's line at which it stopped
    borrowed: str = ""  # the function of `utils` that it called
    changed: list[str] = field(default_factory=list)  # the inputs that it wrote into
    printed: str = ""


def is_empty(function: Callable[..., Any]) -> bool:
    """Whether the body does nothing at all: `pass`, `...` or a docstring alone.

    >>> is_empty(lambda x: None), is_empty(lambda x: x)
    (True, False)
    """
    code = getattr(function, "__code__", None)
    return (
        code is not None
        and all(i.opname in IDLE for i in dis.get_instructions(code))
        and (
            not any(
                i.argval is not None
                for i in dis.get_instructions(code)
                if i.opname in ("LOAD_CONST", "RETURN_CONST")
            )
        )
    )


def run(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    *,
    seconds: int | float,
    may_call: tuple[str, ...] = (),
) -> Outcome:
    """Call `function(*args)` on copies of the tensors; nothing gets out but the outcome."""
    copies = tuple(_copy(a) for a in args)
    code = getattr(inspect.unwrap(function), "__code__", None)
    own = code.co_filename if code is not None else ""
    borrowed: list[str] = []
    if own.startswith(EXERCISES):  # a known mistake: it may build on the right answer
        may_call = ("utils",)
    elif own.startswith(UTILS):
        borrowed.append(f"{function.__module__}.{getattr(function, '__name__', 'a function')}")
    value, error, where = None, None, ""
    with quiet() as heard, limited(seconds, own=own, may_call=may_call, borrowed=borrowed):
        try:
            value = function(*copies)
        except KeyboardInterrupt:
            raise
        except BaseException as caught:  # SystemExit and TooLong too: the notebook goes on
            error, where = caught, line_of(caught)
    changed = [
        f"its {_ordinal(place)} input"
        for place, (before, after) in enumerate(zip(args, copies, strict=True))
        if isinstance(before, Tensor) and not _same(before, after)
    ]
    return Outcome(value, error, where, borrowed[0] if borrowed else "", changed, heard.getvalue())


@contextlib.contextmanager
def limited(
    seconds: int | float,
    *,
    patience: int = PATIENCE,
    own: str = "",
    may_call: tuple[str, ...] | None = None,
    borrowed: list[str] | None = None,
) -> Iterator[None]:
    """Stop the learner's lines after some seconds; note which functions of `utils` they enter.

    The seconds are of work, so that a busy machine takes nothing away; waiting may last longer.
    A trace function sees every line of the learner's, but cannot stop one blocking call into C.
    """
    worked, begun = time.thread_time(), time.monotonic()

    def each_line(frame, event, arg):
        passed = time.monotonic() - begun
        if passed > seconds and (
            passed > patience * seconds or time.thread_time() - worked > seconds
        ):
            raise TooLong
        return each_line

    def each_call(frame, event, arg):
        file = frame.f_code.co_filename
        kind = _kind(file)
        if kind == "learner" or file == own:
            return each_line(frame, event, arg)
        if kind == "ours" and file != GUARD and borrowed is not None and may_call is not None:
            module = frame.f_globals.get("__name__", "")
            if module not in GROUND and not _is_asking(frame) and not _allowed(frame, may_call):
                borrowed.append(f"{module}.{frame.f_code.co_qualname}" if module else file)
        return None

    before = sys.gettrace()
    sys.settrace(each_call)
    try:
        yield
    finally:
        sys.settrace(before)


def line_of(error: BaseException) -> str:
    """The learner's line at which an exception arose, as `line 3: ...`; empty if there is none."""
    for frame, number in reversed(list(traceback.walk_tb(error.__traceback__))):
        if _kind(frame.f_code.co_filename) == "learner":
            text = linecache.getline(frame.f_code.co_filename, number).strip()
            inside = number - frame.f_code.co_firstlineno + 1
            return f"line {inside} of {frame.f_code.co_name}" + (f", `{text}`" if text else "")
    return ""


@contextlib.contextmanager
def quiet() -> Iterator[io.StringIO]:
    """Collect what is printed; swallow what goes to the error stream, warnings too."""
    heard = io.StringIO()
    with (
        contextlib.redirect_stdout(heard),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield heard


@lru_cache(maxsize=4096)
def _kind(file: str) -> str:
    if file.startswith(UTILS):
        return "ours"
    return "library" if file.startswith(LIBRARIES) or "site-packages" in file else "learner"


def _is_asking(frame: Any) -> bool:
    """Whether this frame belongs to the look at an operation's arguments, before it runs."""
    while frame is not None:
        if frame.f_code is CONTRACT:
            return True
        frame = frame.f_back
    return False


def _allowed(frame: Any, may_call: tuple[str, ...]) -> bool:
    """Whether this frame, or one of `utils` that called it, is one that the answer may use."""
    while frame is not None and _kind(frame.f_code.co_filename) != "learner":
        name = f"{frame.f_globals.get('__name__', '')}.{frame.f_code.co_qualname}"
        if name.startswith((*may_call, *PLAIN_LAYERS)):
            return True
        frame = frame.f_back
    return False


def _copy(given: Any) -> Any:
    if isinstance(given, Tensor):
        return given.clone()
    return copy.deepcopy(given) if isinstance(given, nn.Module) else given


def _same(before: Tensor, after: Tensor) -> bool:
    return before.shape == after.shape and torch.equal(before.nan_to_num(), after.nan_to_num())


def _ordinal(place: int) -> str:
    return ("first", "second", "third", "fourth", "fifth", "sixth")[place] if place < 6 else "last"

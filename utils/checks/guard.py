"""Run a learner's function so that nothing it does can hurt: it is timed, heard and watched."""

import contextlib
import ctypes
import dis
import inspect
import io
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from utils.caching import forget_all
from utils.checks.copies import changes, copied
from utils.checks.files import EXERCISES, SLIPS, kind, line_of
from utils.checks.state import set_back, settings
from utils.contracts import Contract

GRACE = 1.5  # times the seconds: where a machine is busy, or one call blocks
LAST_WORDS = 1.0  # seconds in which a thread must have ended, once it is told to
STACK = 64 * 2**20  # bytes: endless recursion must end in Python's own error on every system
GUARD = str(Path(__file__).resolve())
# Our own spelling of layers that torch has, too: a given layer may always be made of them.
PLAIN_LAYERS = ("utils.layers.map_norm.", "utils.tap.", "utils.errors.")
# What stands around every operation: it makes nothing, so it says nothing about who was asked.
GROUND = {f"utils.{room}" for room in ("contracts", "annotations", "switch", "caching")}
CONTRACT = inspect.unwrap(Contract.__call__).__code__
ELSEWHERE = {  # what a library's file is used for, where an answer uses it
    "subprocess.py": "another process",
    "multiprocessing": "another process",
    "inspect.py": "the source of a function of `utils`",
}


class TooLong(BaseException):
    """The learner's lines ran longer than they may; `except Exception` does not swallow it."""


@dataclass
class Outcome:
    """What one call gave, and what it did on the way."""

    value: Any = None
    error: BaseException | None = None
    where: str = ""  # the learner's line at which it stopped
    borrowed: str = ""  # the function of `utils` that it called
    changed: list[str] = field(default_factory=list)  # "writes into `x`"
    printed: str = ""
    args: tuple[Any, ...] = ()  # the copies that it was handed


def run(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    *,
    seconds: float,
    may_call: tuple[str, ...] = (),
    names: tuple[str, ...] = (),
    then: Callable[[Any], Any] = lambda value: value,
    copy: bool = True,
) -> Outcome:
    """Call `function(*args)` on copies; `then` makes plain data of the result, under guard, too."""
    made = Outcome(args=tuple(map(copied, args)) if copy else args)
    borrowed: list[str] = []
    noted: list[str] = []  # what was borrowed before the function was done
    switched: list[str] = []
    own = _file(function)
    if own.startswith((EXERCISES, SLIPS)):  # a known mistake: it may build on the right answer
        may_call = ("utils",)
    elif kind(own) == "ours":
        borrowed.append(f"{function.__module__}.{getattr(function, '__name__', 'a function')}")
    before = settings()

    def work() -> None:
        gradients = torch.is_grad_enabled()
        try:
            value = function(*made.args)
        finally:
            noted.extend(borrowed)
        if sys.gettrace() is None:
            noted.append("sys.settrace")
        if torch.is_grad_enabled() != gradients:
            switched.append(f"leaves gradients switched {'off' if gradients else 'on'}")
            torch.set_grad_enabled(gradients)
        made.value = then(value)

    forget_all()  # a table that is kept would be handed out without a call that can be seen
    with quiet() as heard, nobody_switches_off(noted):
        made.error = in_time(work, seconds=seconds, own=own, may_call=may_call, borrowed=borrowed)
    if made.error is not None:
        made.where = line_of(made.error)
        if type(made.error) is KeyboardInterrupt:
            raise made.error
    made.changed = [*switched, *(f"calls `{name}`" for name in set_back(before))]
    for name, old, new in zip(_names(names, args), args, made.args, strict=True):
        made.changed += changes(name, old, new) if copy else ()
    if isinstance(made.error, TooLong):  # Python itself drops a trace function that has raised
        noted = [what for what in noted if what != "sys.settrace"]
    made.borrowed = noted[0] if noted else ""
    made.printed = heard.getvalue()
    return made


def in_time(
    work: Callable[[], None],
    *,
    seconds: float,
    own: str = "",
    may_call: tuple[str, ...] | None = None,
    borrowed: list[str] | None = None,
    by_line: bool = True,
) -> BaseException | None:
    """Do `work` in a thread of its own and stop it after some seconds; what it raised, or None.

    A trace function looks at every line of the learner's. Where a bare `except` swallows what it
    raises, or a call blocks, the thread is told again from outside, and left alone at last. Without
    `by_line` nobody looks at lines: faster, and the limit is one of the clock on the wall.
    """
    done = threading.Event()
    raised: list[BaseException] = []
    rang: list[bool] = []
    clock = Clock()
    each_call = _watch(seconds, clock, rang, own=own, may_call=may_call, borrowed=borrowed)

    def body() -> None:
        try:
            if by_line:
                threading.settrace(each_call)
                sys.settrace(each_call)
            work()
            if rang:  # the learner's own `except` has swallowed it
                raise TooLong
        except BaseException as error:  # SystemExit and TooLong too: the notebook goes on
            sys.settrace(None)
            raised.append(error)
        finally:
            sys.settrace(None)
            threading.settrace(None)  # type: ignore[arg-type]

    def told() -> None:
        with contextlib.suppress(BaseException):  # told once more on its way out
            body()
        done.set()

    before = threading.stack_size(STACK)
    thread = threading.Thread(target=told, daemon=True, name="answer")
    try:
        thread.start()
    finally:
        threading.stack_size(before)
    try:
        while not done.wait(max(GRACE * seconds - clock.passed(), 0.01)):
            if clock.passed() < GRACE * seconds:
                continue
            _stop(thread, done, raised)
            return raised[0] if raised else TooLong()
        thread.join(LAST_WORDS)
    except KeyboardInterrupt:
        _stop(thread, done, raised)
        raise
    return raised[0] if raised else None


def _stop(thread: threading.Thread, done: threading.Event, raised: list[BaseException]) -> None:
    """Raise `TooLong` in the thread until it has ended; a single call into C cannot be ended."""
    until = time.monotonic() + LAST_WORDS
    # Once it has been raised the thread is on its way out: a second one could hit the way itself.
    while not (done.is_set() or raised) and time.monotonic() < until:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident or 0), ctypes.py_object(TooLong)
        )
        done.wait(0.02)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), None)


class Clock:
    """The seconds that a function has had; what is spent on loading a module is not counted."""

    def __init__(self) -> None:
        self.begun, self.loading, self.since, self.depth = time.monotonic(), 0.0, 0.0, 0

    def passed(self) -> float:
        """Seconds so far."""
        now = time.monotonic()
        return now - self.begun - self.loading - (now - self.since if self.depth else 0.0)

    def load(self, frame: Any) -> Callable[..., Any]:
        """Stop until the frame of an import has ended."""
        if not self.depth:
            self.since = time.monotonic()
        self.depth += 1
        frame.f_trace_lines = False

        def until(frame: Any, event: str, arg: Any) -> Any:
            if event == "return":
                self.depth -= 1
                if not self.depth:
                    self.loading += time.monotonic() - self.since
            return until

        return until


def _watch(
    seconds: float,
    clock: Clock,
    rang: list[bool],
    *,
    own: str,
    may_call: tuple[str, ...] | None,
    borrowed: list[str] | None,
) -> Callable[..., Any]:
    """A trace function that stops the learner's lines and notes what they call of `utils`.

    The seconds are of work, so that a busy machine takes nothing away; waiting may last longer.
    """

    def each_line(frame: Any, event: str, arg: Any) -> Any:
        passed = clock.passed()
        if passed > seconds and (
            passed > GRACE * seconds or time.thread_time() - clock.loading > seconds
        ):
            rang.append(True)
            if not _leads_out(frame):
                raise TooLong
        return each_line

    def each_call(frame: Any, event: str, arg: Any) -> Any:
        file = frame.f_code.co_filename
        whose = kind(file)
        if whose == "learner" or file == own:
            return each_line(frame, event, arg)
        if frame.f_code.co_name == "_find_and_load" and file.startswith("<frozen importlib"):
            return clock.load(frame)
        if borrowed is None or may_call is None:
            return None
        if whose == "ours" and file != GUARD:
            module = frame.f_globals.get("__name__", "")
            if module not in GROUND and not _is_asking(frame) and not _allowed(frame, may_call):
                borrowed.append(f"{module}.{frame.f_code.co_qualname}" if module else file)
        elif file.endswith("subprocess.py") or (
            file.endswith("inspect.py") and frame.f_code.co_name == "getsource" and _asks(frame)
        ):
            borrowed.append(next(said for name, said in ELSEWHERE.items() if name in file))
        return None

    return each_call


def _leads_out(frame: Any) -> bool:
    """Move a frame that stands inside a `try` to a line outside: what is raised there gets out.

    Whether it was moved. A bare `except` in a loop would swallow the exception, and with it the
    trace: Python takes a trace function away that has raised.
    """
    guarded = dis._parse_exception_table(frame.f_code)  # type: ignore[attr-defined]

    def inside(offset: int) -> bool:
        return any(entry.start <= offset < entry.end for entry in guarded)

    if not inside(frame.f_lasti):
        return False
    for offset, line in dis.findlinestarts(frame.f_code):
        if line and offset and not inside(offset) and line != frame.f_lineno:
            with contextlib.suppress(ValueError):  # not every jump is allowed
                frame.f_lineno = line
                return True
    return False


def _asks(frame: Any) -> bool:
    """Whether a learner's own line asks for the source, not some library on its way."""
    return frame.f_back is not None and kind(frame.f_back.f_code.co_filename) == "learner"


@contextlib.contextmanager
def nobody_switches_off(noted: list[str]) -> Iterator[None]:
    """Note a learner's line that sets another trace function; libraries may, as threads begin."""
    own = sys.settrace, threading.settrace
    system, threads = sys, threading  # an answer may take the module's own names away

    def heard(real: Callable[..., Any]) -> Callable[..., Any]:
        # A lambda has the caller's frame beside it, with the hook that checks shapes as well.
        return lambda function: (
            noted.append("sys.settrace")
            if kind(sys._getframe(1).f_code.co_filename) == "learner"
            else real(function)
        )

    sys.settrace, threading.settrace = heard(own[0]), heard(own[1])
    try:
        yield
    finally:
        system.settrace, threads.settrace = own


@contextlib.contextmanager
def quiet() -> Iterator[io.StringIO]:
    """Collect what is printed; swallow what goes to the error stream, warnings too."""
    heard = _Deaf()
    with (
        contextlib.redirect_stdout(heard),
        contextlib.redirect_stderr(_Deaf()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield heard


class _Deaf(io.StringIO):
    """Text in memory that nobody can close."""

    def close(self) -> None:
        """Stay open: a learner's function may close what it prints to."""


def _is_asking(frame: Any) -> bool:
    """Whether this frame belongs to the look at an operation's arguments, before it runs."""
    while frame is not None:
        if frame.f_code is CONTRACT:
            return True
        frame = frame.f_back
    return False


def _allowed(frame: Any, may_call: tuple[str, ...]) -> bool:
    """Whether this frame, or one of `utils` that called it, is one that the answer may use."""
    while frame is not None and kind(frame.f_code.co_filename) != "learner":
        name = f"{frame.f_globals.get('__name__', '')}.{frame.f_code.co_qualname}"
        if name.startswith((*may_call, *PLAIN_LAYERS)):
            return True
        frame = frame.f_back
    return False


def _file(function: Any) -> str:
    """The file in which the function's code stands, through `partial` and wrappers."""
    while hasattr(function, "func") and not hasattr(function, "__code__"):
        function = function.func
    with contextlib.suppress(Exception):
        function = inspect.unwrap(function)
    code = getattr(function, "__code__", None)
    if code is None and not isinstance(function, type):
        code = getattr(vars(type(function)).get("__call__"), "__code__", None)
    file = getattr(code, "co_filename", "")
    return file if isinstance(file, str) else ""


def _names(names: tuple[str, ...], args: tuple[Any, ...]) -> list[str]:
    spare = [f"argument {place + 1}" for place in range(len(args))]
    return list(names[: len(args)]) + spare[len(names) :]

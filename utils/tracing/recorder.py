"""The trace function: listens to Python itself, so that a model need not be written for it."""

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import torch
from torch import Tensor, nn

from utils.tracing import drops, titles
from utils.tracing.facts import Ledger
from utils.tracing.frames import arguments, first, homes, looked_up, waiting_for
from utils.tracing.statements import CELLS, PLACES, UTILS, Statement, Text, text_of
from utils.tracing.stopwatch import Stopwatch
from utils.tracing.tree import Call, Line, Source, Value
from utils.tracing.values import signature, values_of

MOST_LINES = 2000  # of one call: a loop over single numbers shall not fill the memory
MOST_IN_ALL = 200_000
OURS = tuple(str(UTILS / room) for room in ("ops", "layers", "models"))
CHECKS = str(UTILS / "ops" / "_check.py")  # looks at sizes, makes nothing
CONTRACTS = str(UTILS / "contracts" / "signature.py")  # so do the rules of a contract
MINE = str(UTILS) + ("\\" if "\\" in str(UTILS) else "/")
EXERCISES = str(UTILS / "checks" / "exercises")
TORCH = str(Path(torch.__file__).parent)
LIBRARIES = (*PLACES, str(Path(torch.__file__).parents[1]))
NO_FUNCTION = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
MODULE_CALL = nn.Module._call_impl.__code__
Tracer = Callable[[FrameType, str, Any], Any]


class _Open:
    """A call that has not ended: the frame's names when its present line began."""

    def __init__(self, call: Call, module: nn.Module | None) -> None:
        self.call = call
        self.module = module
        self.line: Line | None = None
        self.at: Statement | None = None  # where it is, also where no line was made of it
        self.text: Text | None = None  # None for a module whose forward has not begun
        self.before: dict[str, tuple] = {}
        self.input: Any = None  # kept for modules that drop something
        self.left_by = ""
        self.line_start = (0.0, 0)
        self.start = (0.0, 0)


class Recorder:
    """Follows one run of one model. Use: `with recorder.listening(): model(...)`."""

    def __init__(
        self,
        model: nn.Module,
        inputs: dict[str, Any],
        *,
        corner: tuple[int | slice, ...] | None = None,
    ) -> None:
        self.paths = {id(module): path for path, module in reversed([*model.named_modules()])}
        self.homes = homes(model)
        self.ledger = Ledger(corner)
        for name, tensor in (*model.named_parameters(), *model.named_buffers()):
            self.ledger.meet(tensor, 0, name, counted=False)
        for name, value in inputs.items():
            for made in values_of(self.ledger, name, value, "given", line=0):
                assert made.name
        self.ledger.bytes = 0
        self.open: list[_Open] = []
        self.root: Call | None = None
        self.count = 0  # of lines
        self.is_checking = False
        self.texts: dict[int, tuple[CodeType, Text]] = {}
        self.sorts: dict[int, tuple[CodeType, Tracer | None]] = {}
        self.watch = Stopwatch(waiting_for(model))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Record all that runs in this thread; what listened before goes on afterwards."""
        before = sys.gettrace()
        sys.settrace(self.on_call)
        try:
            yield
        finally:
            sys.settrace(before)

    # -- which frames are followed -------------------------------------------------------------

    def on_call(self, frame: FrameType, event: str, arg: Any) -> Tracer | None:
        """Python has entered a function."""
        code = frame.f_code
        known = self.sorts.get(id(code))
        if known is None:
            known = self.sorts[id(code)] = (code, self.sort_of(code))
        if known[1] is None or self.is_checking or (self.open and self.open[-1].call.is_cut):
            return None
        self.watch.pause()
        tracer = known[1](frame, event, arg)
        self.watch.resume()
        return tracer

    def sort_of(self, code: CodeType) -> Tracer | None:
        """What to do when this code is entered; None where it does not belong to the model."""
        if code is MODULE_CALL:
            return self.enter_module
        file, name = code.co_filename, code.co_name
        if file == CONTRACTS and name == "__call__":
            return self.enter_checks
        if code.co_flags & NO_FUNCTION or (name.startswith("__") and name != "__call__"):
            return None
        if name.startswith("<") and name != "<lambda>":
            return None
        if file.startswith("<") and not file.startswith(CELLS):
            return None
        if file.startswith(MINE):
            # A lambda beside an exercise only puts the answer into the model.
            mistake = file.startswith(EXERCISES) and name != "<lambda>"
            ours = (file.startswith(OURS) or mistake) and file != CHECKS
            return self.enter_function if ours else None
        if file.startswith(LIBRARIES) or "site-packages" in file:
            return self.enter_library if file in self.homes else None
        return self.enter_function

    def enter_library(self, frame: FrameType, event: str, arg: Any) -> Tracer | None:
        """A file in which a module of the model is written; of torch's own only the methods."""
        is_torchs = frame.f_globals.get("__name__", "").startswith("torch.")
        if is_torchs and not isinstance(first(frame), nn.Module):
            return None
        return self.enter_function(frame, event, arg)

    def enter_checks(self, frame: FrameType, event: str, arg: Any) -> Tracer:
        """A contract looks at what came: none of its rules is a step of the run."""
        frame.f_trace_lines = False
        self.is_checking = True

        def on_checks(frame: FrameType, event: str, arg: Any) -> Tracer:
            self.is_checking = self.is_checking and event != "return"
            return on_checks

        return on_checks

    # -- start and end of calls ----------------------------------------------------------------

    def enter_module(self, frame: FrameType, event: str, arg: Any) -> Tracer:
        """`module(...)` begins, with its hooks; its forward follows."""
        names = frame.f_locals
        module = names["self"]
        made = _Open(Call("module", type(module).__name__, self.path_of(module)), module)
        made.call.about, made.call.described = titles.about(module), titles.description(module)
        if drops.is_drop(module) and names["args"]:
            made.input = names["args"][0]
        frame.f_trace_lines = False
        self.push(made)

        def on_module(frame: FrameType, event: str, arg: Any) -> Tracer:
            if event == "return":
                self.watch.pause()
                if made.text is None and not made.call.given:  # its forward is no Python
                    made.call.given = list(self.values("input", frame.f_locals["args"], "given"))
                    made.call.returned = list(self.values("returned", arg, "returned"))
                if isinstance(arg, Tensor) and isinstance(made.input, Tensor):
                    assert made.module is not None, "only a module has a kept input"
                    made.call.note = drops.what_it_did(made.module, made.input, arg)
                self.pop(made)
                self.watch.resume()
            return on_module

        return on_module

    def enter_function(self, frame: FrameType, event: str, arg: Any) -> Tracer | None:
        """A forward, or a function that it calls, begins."""
        if not self.open:
            return None
        code = frame.f_code
        top = self.open[-1]
        adopted = top.module is not None and top.text is None and first(frame) is top.module
        if adopted:
            made = top
        else:
            made = _Open(Call("function", code.co_qualname, top.call.path), None)
            self.push(made)
        known = self.texts.get(id(code))
        if known is None:
            known = self.texts[id(code)] = (code, text_of(code, frame.f_globals))
        made.text = known[1]
        made.call.source = made.text.source
        if not code.co_filename.startswith(TORCH):  # whose forwards all say the same
            made.call.about = made.call.about or made.text.about
        names = dict(frame.f_locals)
        made.before = {name: signature(value) for name, value in names.items()}
        for name in arguments(code):
            if name in names and name != "self":
                made.call.given += self.values(name, names[name], "given")
        return self.follower(made, close=not adopted)

    def follower(self, made: _Open, *, close: bool) -> Tracer:
        """The tracer of one frame: its lines, and its end."""

        def follow(frame: FrameType, event: str, arg: Any) -> Tracer:
            self.watch.pause()
            if event == "line":
                self.on_line(made, frame)
                frame.f_trace_lines = not made.call.is_cut
            elif event == "exception":
                made.left_by = arg[0].__name__
            elif event == "return":
                self.end_line(made, frame)
                if made.left_by:
                    made.call.note = f"left by a {made.left_by}"
                else:
                    made.call.returned = list(self.values("returned", arg, "returned"))
                    # Not always the last: a `finally` or the end of a `with` comes after it.
                    back = (x for x in reversed(made.call.lines) if x.text.startswith("return"))
                    for line in islice(back, 1):
                        line.values += made.call.returned
                if close:
                    self.pop(made)
            self.watch.resume()
            return follow

        return follow

    def push(self, made: _Open) -> None:
        if self.open:
            parent = self.open[-1]
            if parent.line is None:  # called from code that is not followed
                parent.line = self.new_line(parent, Line(self.count, "", 0, 0))
                parent.line_start = (self.watch.now, self.ledger.bytes)
            parent.line.calls.append(made.call)
        elif self.root is None:
            self.root = made.call
        made.start = (self.watch.now, self.ledger.bytes)
        self.open.append(made)

    def pop(self, made: _Open) -> None:
        while self.open and self.open.pop() is not made:
            pass  # what an exception left open
        made.call.seconds = self.watch.now - made.start[0]
        made.call.new_bytes = self.ledger.bytes - made.start[1]
        made.input = None

    # -- lines ---------------------------------------------------------------------------------

    def on_line(self, made: _Open, frame: FrameType) -> None:
        assert made.text is not None, "a frame is followed only once its source is read"
        statement = made.text.at(frame.f_lineno)
        before, made.at = made.at, statement
        if made.line is not None and statement is before:
            return  # still the same statement, which has several rows
        self.end_line(made, frame)
        if before is not None and statement.body[0] <= before.first <= statement.body[1]:
            return  # Python goes back to the head of a `with` when its body is over
        made.left_by = ""
        if len(made.call.lines) == MOST_LINES or self.count == MOST_IN_ALL:
            made.call.is_cut = True
            return
        line = Line(self.count + 1, statement.text, statement.first, statement.last)
        line.title, line.comment = statement.title, statement.comment
        made.line = self.new_line(made, line)
        made.line_start = (self.watch.now, self.ledger.bytes)

    def new_line(self, made: _Open, line: Line) -> Line:
        made.call.lines.append(line)
        self.count = line.number
        return line

    def end_line(self, made: _Open, frame: FrameType) -> None:
        """The names that the line bound or changed, and what it took."""
        line, made.line = made.line, None
        if line is None:
            return
        line.seconds = self.watch.now - made.line_start[0]
        names = dict(frame.f_locals)
        for name, value in names.items():
            now = signature(value)
            if made.before.get(name) != now:
                same = made.before.get(name, (None,))[0] == now[0] != "word"  # written into
                line.values += self.values(name, value, "changed" if same else "bound", line)
                made.before[name] = now
        assert made.text is not None, "a line has a source"
        if line.row:
            for target in made.text.at(line.row).stored:
                found, value = looked_up(names, target)
                if found:
                    line.values += self.values(".".join(target), value, "bound", line)
        line.new_bytes = self.ledger.bytes - made.line_start[1]

    def values(self, name: str, value: Any, sort: Any, line: Line | None = None) -> list[Value]:
        number = line.number if line is not None else self.count
        return list(values_of(self.ledger, name, value, sort, line=number))

    # -- small things --------------------------------------------------------------------------

    def path_of(self, module: nn.Module) -> str:
        return self.paths.get(id(module), "")

    def sources(self) -> list[Source]:
        """The sources of all functions that ran."""
        return [text.source for _, text in self.texts.values()]

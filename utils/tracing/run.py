"""What one run did, as data: what the painters of a trace read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from utils.errors import ConfigError
from utils.tracing.tree import Call, Line


@dataclass(eq=False)
class Run:
    """What one run did. `root` is the call of the model; `output` what it gave, off the graph."""

    model: str
    root: Call
    output: Any = field(repr=False)

    def lines(self) -> Iterator[Line]:
        """Every line, in the order of execution."""
        return (line for _, _, line in self.root.walk() if line is not None)

    def calls(self) -> Iterator[Call]:
        """Every module and function, in the order in which they began."""
        return (call for _, call, line in self.root.walk() if line is None)

    def module(self, path: str, time: int = 0) -> Call:
        """The call of a module by its path; `time` counts from 0 where it ran more than once.

        Raises: ConfigError where no such module ran.
        """
        found = [call for call in self.calls() if call.kind == "module" and call.path == path]
        if len(found) <= time:
            raise ConfigError(
                f"the module {path!r} ran {len(found)} times, and run {time} was asked for",
                allowed="runs are counted from 0, paths are those of model.named_modules()",
                mend="look at [call.path for call in trace.calls()]",
            )
        return found[time]

    def find(self, *shape: int) -> list[Line]:
        """The lines in which a tensor of this shape was bound, changed or returned."""

        def has(line: Line) -> bool:
            return any(v.facts is not None and v.facts.shape == shape for v in line.values)

        return [line for line in self.lines() if has(line)]

    def step(self, text: str) -> int:
        """The number of the first step that shows this: a piece of a line, a title, or a call.

        Steps are the starts of calls and the lines, in the order of execution, from 0.
        Raises: ConfigError where there is none.
        """
        steps = list(self.root.walk())
        for at, (_, _, line) in enumerate(steps):
            if line is not None and (text in line.text or text in line.title):
                return at
        for at, (_, call, line) in enumerate(steps):
            if line is None and text in call.title:
                return at
        raise ConfigError(
            f"no line with {text!r} ran",
            allowed="at is a piece of a line of code that ran, of its title, or of a module's path",
            mend="look at [line.text for line in trace.lines()]",
        )

    def __str__(self) -> str:
        lines, calls = sum(1 for _ in self.lines()), sum(1 for _ in self.calls())
        made = self.root.new_bytes / 1e6
        return (
            f"{self.model}: {lines:,} lines in {calls:,} calls of modules and functions; "
            f"{made:,.2f} MB of new tensors"
        )

    __repr__ = __str__

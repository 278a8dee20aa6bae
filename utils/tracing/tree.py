"""What a trace is made of: calls that hold lines that hold values and further calls."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from utils.tracing.facts import Facts

Sort = Literal["given", "bound", "changed", "returned"]


@dataclass(slots=True, eq=False)
class Value:
    """A name and what it stood for when its line was over.

    `origin` is (number of the line, name there) of the storage that it looks into, where it did
    not make that storage; `is_view` tells a view of it from the same tensor.
    """

    name: str
    sort: Sort
    facts: Facts | None = None
    text: str = ""  # of what is no tensor
    origin: tuple[int, str] | None = None
    is_view: bool = False


@dataclass(slots=True, eq=False)
class Line:
    """One statement that ran once. `row` and `last_row` are its place in the file.

    `title` is what the code says of it: the comment above it or behind it, or the name of its tap.
    """

    number: int
    text: str
    row: int
    last_row: int
    title: str = ""
    comment: str = ""  # the whole of it, where the title is only its beginning
    values: list[Value] = field(default_factory=list)
    calls: "list[Call]" = field(default_factory=list)
    seconds: float = 0.0
    new_bytes: int = 0  # of storages that were first seen in this line or inside of it

    @property
    def is_helper(self) -> bool:
        """Whether no tensor came of it and nothing in it has a title: a size, a check, a choice."""
        return (
            not self.title
            and all(value.facts is None for value in self.values)
            and all(call.is_helper for call in self.calls)
            and not self.text.startswith(("return", "for ", "with ", "while "))
        )


@dataclass(slots=True, eq=False)
class Call:
    """A module or a function from its start to its end.

    `name` is the class of a module, or the qualified name of a function; `path` the module's, for
    a function that of the module in which it runs.
    """

    kind: Literal["module", "function"]
    name: str
    path: str
    source: "Source | None" = None
    about: str = ""  # the first sentence of its own docstring
    described: str = ""  # a module as it prints itself
    given: list[Value] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    returned: list[Value] = field(default_factory=list)
    seconds: float = 0.0
    new_bytes: int = 0
    note: str = ""  # what a dropout or a drop path did, or the error by which it was left
    is_cut: bool = False  # it ran more lines than are kept

    @property
    def title(self) -> str:
        """How the call is named to a reader: `stages.0.blocks.1 · SwinBlock`."""
        if self.kind == "module":
            return f"{self.path} · {self.name}" if self.path else self.name
        return f"{self.name}()"

    @property
    def is_helper(self) -> bool:
        """Whether it is a function that made no tensor and gave none back."""
        return (
            self.kind == "function"
            and not self.new_bytes
            and not self.note
            and all(value.facts is None for value in self.returned)
            and all(line.is_helper or line.text.startswith("return") for line in self.lines)
        )

    def walk(self, depth: int = 0) -> "Iterator[tuple[int, Call, Line | None]]":
        """The call itself (with None), then its lines and theirs, in the order of execution."""
        yield depth, self, None
        for line in self.lines:
            yield depth, self, line
            for call in line.calls:
                yield from call.walk(depth + 1)


@dataclass(slots=True, eq=False)
class Source:
    """The text of a function and where it stands; `path` is the file on this machine."""

    file: str
    first_row: int
    rows: list[str]
    path: str = field(default="", repr=False)

"""`trace(model, *inputs)`: one run, line by line."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn
from torch.utils._pytree import tree_map

from utils.errors import ConfigError
from utils.io import write_text
from utils.tracing.recorder import Recorder
from utils.tracing.tree import Call, Line

if TYPE_CHECKING:
    from utils.tracing.stepper import Stepper


@dataclass(eq=False)
class Trace:
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
        """The lines in which a tensor of this shape was bound, changed or returned.

        >>> import torch
        >>> trace(nn.Linear(3, 5), torch.zeros(2, 3)).find(2, 5)[0].text
        'return F.linear(input, self.weight, self.bias)'
        """

        def has(line: Line) -> bool:
            return any(v.facts is not None and v.facts.shape == shape for v in line.values)

        return [line for line in self.lines() if has(line)]

    def to_markdown(self, path: str | Path) -> None:
        """Write the run as a document, whole or not at all."""
        from utils.tracing.markdown import markdown

        write_text(path, markdown(self))

    def to_html(self, path: str | Path) -> None:
        """Write the run as one page with a stepper: no kernel, no server, no network."""
        from utils.tracing.page import page

        write_text(path, page(self))

    def stepper(self, at: str | None = None) -> "Stepper":
        """The live view for a notebook; `at` is a piece of the line to begin with.

        A trace as the last value of a cell shows it, too.
        """
        from utils.tracing.stepper import Stepper

        return Stepper(self, at=at)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.stepper()._repr_mimebundle_(**kwargs)

    def __str__(self) -> str:
        lines, calls = sum(1 for _ in self.lines()), sum(1 for _ in self.calls())
        made = self.root.new_bytes / 1e6
        return (
            f"{self.model}: {lines:,} lines in {calls:,} calls of modules and functions; "
            f"{made:,.2f} MB of new tensors"
        )

    __repr__ = __str__


def trace(model: nn.Module, *inputs: Any, **settings: Any) -> Trace:
    """Run `model(*inputs, **settings)` once and record every line of it.

    That is every executed line of each module's forward, of the methods and functions that it
    calls in the model's own files, and of `utils.ops`: the names that the line bound or changed,
    for each tensor its facts, a small slice and whether it is a view; start and end of each call;
    time, and bytes of new storage. The run is the model's own: same mode, same gradients, same
    random numbers, same result, bit for bit. Values are kept as a few numbers each, so that
    nothing stays in memory that the run alone would free.
    Raises: ConfigError for what is no module.

    >>> import torch
    >>> seen = trace(nn.Sequential(nn.Linear(3, 5), nn.ReLU()), torch.zeros(2, 3))
    >>> [call.title for call in seen.calls()]
    ['Sequential', '0 · Linear', '1 · ReLU']
    """
    if not isinstance(model, nn.Module):
        raise ConfigError(
            f"a {type(model).__name__} came to be traced",
            allowed="a model is a torch.nn.Module",
            mend="put a plain function into the forward of a small module",
        )
    model = getattr(model, "_orig_mod", model)  # what torch.compile has wrapped
    given = {f"input {at}": value for at, value in enumerate(inputs)} | settings
    recorder = Recorder(model, given)
    with recorder.listening():
        output = model(*inputs, **settings)
    assert recorder.root is not None, "the model is a module, and its call was seen"
    return Trace(type(model).__name__, recorder.root, tree_map(_off_the_graph, output))


def _off_the_graph(value: Any) -> Any:
    return value.detach() if isinstance(value, Tensor) else value

"""The shapes that the lines of a function make, taken from one run of it."""

from collections.abc import Callable
from typing import Any

from torch import nn

from utils.tracing.tracer import trace
from utils.tracing.tree import Line


class _Once(nn.Module):
    """A function as the forward of a module, because runs are recorded of modules."""

    def __init__(self, function: Callable) -> None:
        super().__init__()
        self.function = function

    def forward(self, *args: Any, **settings: Any) -> Any:
        return self.function(*args, **settings)


def shapes_of(
    function: Callable, example: tuple, settings: dict[str, Any]
) -> dict[tuple[str, int], str]:
    """(file, row) -> the shapes that the line ending there made, of all functions that ran.

    Where a line ran several times, it is the first.
    """
    seen = trace(_Once(function), *example, **settings)
    files = {call.source: call.source.path for call in seen.calls() if call.source is not None}
    found: dict[tuple[str, int], str] = {}
    for call in seen.calls():
        for line in call.lines:
            said = _said(line)
            if said and call.source is not None:
                found.setdefault((files[call.source], line.last_row), said)
    return found


def _said(line: Line) -> str:
    """`(2, 3)`; of several tensors each with its name, or once where all are alike."""
    made = [(v.name, v.facts.shape) for v in line.values if v.facts is not None]
    shapes = {shape for _, shape in made}
    if not made:
        return ""
    if len(shapes) == 1:
        times = f"{len(made)} × " if len(made) > 1 else ""
        return f"{times}{made[0][1]}"
    return ", ".join(f"{name} {shape}" for name, shape in made)

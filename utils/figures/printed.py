"""A model as torch prints it, equal neighbors in one line, parts that fold; and its shapes."""

import html
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import torch
from torch import Tensor, nn

Shape = tuple[int, ...]
OPEN = 2  # levels that stand open at first


@dataclass(frozen=True)
class Printed:
    """A module, or several equal ones in a row, and what it is made of."""

    name: str
    title: str
    parts: tuple["Printed", ...] = ()

    def __repr__(self) -> str:
        return "\n".join(self._rows())

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        page = f'<div style="font-family:monospace;font-size:12px">{self._html(OPEN)}</div>'
        return {"text/html": page, "text/plain": repr(self)}

    def _line(self) -> str:
        return f"{self.name}: {self.title}" if self.name else self.title

    def _rows(self) -> Iterator[str]:
        yield self._line()
        for part in self.parts:
            yield from (f"  {row}" for row in part._rows())

    def _html(self, unfolded: int) -> str:
        line = html.escape(self._line())
        if not self.parts:
            return f'<div style="margin-left:1.1em">{line}</div>'
        inside = "".join(part._html(unfolded - 1) for part in self.parts)
        state = " open" if unfolded > 0 else ""
        return (
            f"<details{state}><summary>{line}</summary>"
            f'<div style="margin-left:1.1em">{inside}</div></details>'
        )


def printed(model: nn.Module) -> Printed:
    """The model with all its modules; as the last value of a cell it folds, as text it is whole.

    >>> printed(nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.ReLU()))
    Sequential
      0: Linear(in_features=3, out_features=5, bias=True)
      1–2: 2 × ReLU
    """
    return _part("", model, 1)


def _part(name: str, module: nn.Module, times: int) -> Printed:
    settings = module.extra_repr()
    title = f"{type(module).__name__}({settings})" if settings else type(module).__name__
    runs = [list(run) for _, run in groupby(module.named_children(), key=lambda one: repr(one[1]))]
    parts = (_part(_names(run[0][0], run[-1][0]), run[0][1], len(run)) for run in runs)
    return Printed(name, f"{times} × {title}" if times > 1 else title, tuple(parts))


def _names(first: str, last: str) -> str:
    return first if first == last else f"{first}–{last}"


def output_shapes(model: nn.Module, *inputs: Tensor, depth: int = 2) -> dict[str, Shape]:
    """What each module down to `depth` levels gave in one pass, by its path, without the batch.

    >>> output_shapes(nn.Sequential(nn.Linear(3, 5)), torch.zeros(2, 4, 3))
    {'0': (4, 5)}
    """
    shapes: dict[str, Shape] = {}

    def note(path: str) -> Callable[..., None]:
        def hook(module: nn.Module, given: tuple, output: Any) -> None:
            shapes[path] = tuple(output.shape[1:])

        return hook

    with ExitStack() as stack, torch.no_grad():
        for path, module in model.named_modules():
            if path and path.count(".") < depth:
                stack.callback(module.register_forward_hook(note(path)).remove)
        model(*inputs)
    return shapes

"""What a model is made of, and what flows between its parts: both read off one real pass.

Each tensor carries from which parts it comes. A part's output comes from that part alone; whatever
is made of tensors outside of the parts (a sum, a concatenation, a cut) comes from all of theirs.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map_only

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Part:
    """One module that ran: what it was given, what it gave (off the graph), and who made that.

    `sources` are the numbers of the parts from which its inputs come, counted in the order of the
    pass; −1 is the model's first input, −2 the second.
    """

    path: str
    module: nn.Module
    args: tuple
    kwargs: dict[str, Any]
    outputs: tuple[Tensor, ...]
    sources: tuple[int, ...]


@dataclass(frozen=True)
class Dataflow:
    """The parts in the order of the pass; the tensors of the result and their sources."""

    parts: tuple[Part, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    sources: tuple[int, ...]


def dataflow(model: nn.Module, *inputs: Tensor, is_open: Callable[[nn.Module], bool]) -> Dataflow:
    """Run the model once and write down its parts and what flows between them.

    A part is the outermost module that is not open; lists and `Sequential` are always open, an
    `Identity` is no part. A module that runs twice is two parts.

    >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    >>> flow = dataflow(model, torch.zeros(1, 2), is_open=lambda module: False)
    >>> [(part.path, part.sources) for part in flow.parts], flow.sources
    ([('0', (-1,)), ('1', (0,))], (1,))
    """
    seen = _Seen()
    given = tuple(x.clone() for x in inputs)  # they are marked
    for number, x in enumerate(given):
        _mark(x, frozenset([-1 - number]))
    with ExitStack() as stack, torch.no_grad(), _Origins():
        for path, module in parts_of(model, is_open=is_open):
            for handle in (
                module.register_forward_pre_hook(seen.enter, with_kwargs=True),
                module.register_forward_hook(seen.leave(path), with_kwargs=True),
            ):
                stack.callback(handle.remove)
        result = model(*given)
    found = _tensors(result)
    return Dataflow(tuple(seen.parts), given, tuple(found), _sources(found))


def parts_of(
    model: nn.Module, *, is_open: Callable[[nn.Module], bool], path: str = ""
) -> Iterator[tuple[str, nn.Module]]:
    """The modules that would be parts, each with its path."""
    for name, module in model.named_children():
        full = f"{path}.{name}" if path else name
        if isinstance(module, nn.ModuleList | nn.Sequential) or is_open(module):
            yield from parts_of(module, is_open=is_open, path=full)
        elif not isinstance(module, nn.Identity):
            yield full, module


class _Seen:
    """The parts so far, and how deep inside of one the pass is: a part may hold further parts."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.given: list[tuple[int, ...]] = []

    def enter(self, module: nn.Module, args: tuple, kwargs: dict) -> None:
        self.given.append(_sources(_tensors((args, kwargs))))

    def leave(self, path: str) -> Callable:
        def hook(module: nn.Module, args: tuple, kwargs: dict, output: Any) -> None:
            sources = self.given.pop()
            if self.given:
                return
            found = tuple(map(_kept, _tensors(output)))
            args, kwargs = tree_map_only(Tensor, _kept, (args, kwargs))
            self.parts.append(Part(path, module, args, kwargs, found, sources))
            for x in _tensors(output):
                _mark(x, frozenset([len(self.parts) - 1]))

        return hook


class _Origins(TorchFunctionMode):
    """While it lasts, what torch makes of tensors knows from which parts these came."""

    def __torch_function__(
        self, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        output = func(*args, **(kwargs or {}))
        origin = _origin(_tensors((args, kwargs)))
        if origin:
            for x in _tensors(output):
                _mark(x, origin)
        return output


def _tensors(value: Any) -> list[Tensor]:
    return [x for x in tree_leaves(value) if isinstance(x, Tensor)]


def _kept(x: Tensor) -> Tensor:
    return x.detach() if x.is_meta else x.detach().cpu()


def _mark(x: Tensor, origin: frozenset[int]) -> None:
    x._origin = origin  # type: ignore[attr-defined]


def _origin(found: list[Tensor]) -> frozenset[int]:
    return frozenset().union(*(getattr(x, "_origin", frozenset()) for x in found))


def _sources(found: list[Tensor]) -> tuple[int, ...]:
    return tuple(sorted(_origin(found)))

"""The largest tensor that is made on the way to a result: what memory a form needs."""

from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

FUSED = "scaled_dot_product"  # torch's own attention: it makes no matrix, and leaves nothing to do


class Largest(TorchDispatchMode):
    """While it is on: the most numbers that one tensor had, and whether torch's attention ran.

    A view counts as what it looks at, so that a broadcast costs nothing.

    >>> import torch
    >>> with Largest() as made:
    ...     _ = torch.ones(3, 1) @ torch.ones(1, 4)
    >>> made.numbers
    12
    """

    def __init__(self) -> None:
        super().__init__()
        self.numbers, self.fused = 0, False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        self.fused = self.fused or FUSED in str(func)
        out = func(*args, **(kwargs or {}))
        for made in _tensors(out):
            numbers = made.untyped_storage().nbytes() // made.element_size()
            self.numbers = max(self.numbers, numbers)
        return out


def watched(function: Callable[..., Any], into: list[Largest]) -> Callable[..., Any]:
    """The function; each call adds what was seen of it to a list."""

    def call(*args: Any) -> Any:
        with Largest() as made:
            into.append(made)
            return function(*args)

    call.__wrapped__ = function  # type: ignore[attr-defined] # whose lines they are
    return call


def _tensors(out: Any) -> Iterator[Tensor]:
    if isinstance(out, Tensor):
        yield out
    elif isinstance(out, (list, tuple)):
        for part in out:
            yield from _tensors(part)

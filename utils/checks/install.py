"""Put a learner's function into a whole model, and take it out again."""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn


@contextmanager
def replaced(place: str, function: Callable[..., Any]) -> Iterator[None]:
    """Let `place`, a dotted name in a module, be `function` for a while.

    >>> with replaced("math.sqrt", lambda x: 42):
    ...     import math; math.sqrt(4)
    42
    """
    module_name, name = place.rsplit(".", 1)
    module = importlib.import_module(module_name)
    before = getattr(module, name)
    setattr(module, name, function)
    try:
        yield
    finally:
        setattr(module, name, before)


@contextmanager
def methods_replaced(
    model: nn.Module, kind: type[nn.Module], name: str, function: Callable[..., Any]
) -> Iterator[None]:
    """Let method `name` of every module of one kind be `function(module, ...)` for a while."""
    modules = [module for module in model.modules() if isinstance(module, kind)]

    def bound(module: nn.Module) -> Callable[..., Any]:
        return lambda *args, **kwargs: function(module, *args, **kwargs)

    for module in modules:
        module.__dict__[name] = bound(module)
    try:
        yield
    finally:
        for module in modules:
            del module.__dict__[name]

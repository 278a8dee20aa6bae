"""What a running frame belongs to, and what its names stand for."""

import inspect
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

import torch
from torch import nn


def homes(model: nn.Module) -> set[str]:
    """The files in which the classes of the model are written."""
    kinds = {kind for module in model.modules() for kind in type(module).__mro__}
    names = {kind.__module__ for kind in kinds if issubclass(kind, nn.Module)}
    files = (
        getattr(sys.modules.get(name), "__file__", None) for name in names - {nn.Module.__module__}
    )
    return {file for file in files if file}


def waiting_for(model: nn.Module) -> Callable[[], None]:
    """What makes a clock right for the device of a model.

    On a GPU work is only queued: a time is right once the queue is empty.
    """
    device = next((p.device.type for p in model.parameters()), "cpu")
    if device == "cuda":
        return torch.cuda.synchronize
    return torch.mps.synchronize if device == "mps" else lambda: None


def arguments(code: CodeType) -> tuple[str, ...]:
    """The names of a function's arguments, those with a star too.

    >>> def f(a, *rest, b=1): local = 2
    >>> arguments(f.__code__)
    ('a', 'b', 'rest')
    """
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return code.co_varnames[:count]


def first(frame: FrameType) -> Any:
    """The first argument: `self`, where the frame is a method's."""
    names = frame.f_code.co_varnames[:1]
    return frame.f_locals.get(names[0]) if names and frame.f_code.co_argcount else None


def looked_up(names: dict[str, Any], target: tuple[str, ...]) -> tuple[bool, Any]:
    """The value of `a.b.c`, read without running a property."""
    if target[0] not in names:
        return False, None
    value = names[target[0]]
    for name in target[1:]:
        own = getattr(value, "__dict__", {})
        for place in (own, own.get("_buffers", {}), own.get("_parameters", {})):
            if name in place:
                value = place[name]
                break
        else:
            return False, None
    return True, value

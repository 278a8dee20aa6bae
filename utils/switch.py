"""The switch between the plain form of an operation and a fast one, and the list of the pairs.

    @replaceable
    def attention(q, k, v): ...        # in `ops`: the definition; it runs unless told otherwise

    @fast_form(attention, hides="weights")
    def fused_attention(q, k, v): ...  # in `fast`: runs inside of `with fast():`

Even there the plain form runs where somebody looks inside: while a tap that the fast form would
leave out is watched, on a module with hooks, in a trace, and under `torch.compile`, which joins
operations itself. The switch belongs to the thread that turned it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import unwrap
from threading import get_ident
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.modules.module import _has_any_global_hook as _global_hooks

from utils.tap import has_other_hooks, is_watched


class Form(NamedTuple):
    """A fast form, and the names of the taps inside the plain one that it leaves out."""

    run: Callable
    hides: tuple[str, ...]


FORMS: dict[str, Form] = {}  # full name of the plain form -> its fast one
_threads: dict[int, int] = {}  # the threads in which the switch is on, and how often
_any = False  # whether it is on in any thread: the one thing that a call looks at


def replaceable(plain: Callable) -> Callable:
    """Mark a function or a method as one that may have a fast form.

    The definition stays at hand as `__wrapped__`; `definition` finds it through all wrappers.
    """
    name = _name(plain)

    @wraps(plain)
    def call(*args: Any, **kwargs: Any) -> Any:
        if _any:
            form = _form(name, args)
            if form is not None:
                return form(*args, **kwargs)
        return call.__wrapped__(*args, **kwargs)  # type: ignore[attr-defined] # wraps sets it

    return call


def fast_form(of: Callable, *, hides: str = "") -> Callable[[Callable], Callable]:
    """Register the decorated function as the fast form of a replaceable one.

    `hides` names the taps of the plain form that the fast one leaves out, separated by spaces.
    """

    def register(run: Callable) -> Callable:
        FORMS[_name(unwrap(of))] = Form(run, tuple(hides.split()))
        return run

    return register


def definition(function: Callable) -> Callable:
    """The plain form itself, without what is wrapped around it: what a reader sees in the file."""
    return unwrap(function)


def is_fast() -> bool:
    """Whether fast forms are on, here and now."""
    return _any and not torch.compiler.is_compiling() and _threads.get(get_ident(), 0) > 0


def would_be_fast(function: Callable, args: tuple) -> bool:
    """Whether a fast form would answer this call, here and now."""
    return _form(_name(unwrap(function)), args) is not None


@contextmanager
def switched_on() -> Iterator[None]:
    """Fast forms on in this thread; `utils.fast.fast` is the door to it."""
    with _turned(_threads.get(get_ident(), 0) + 1):
        yield


@contextmanager
def plain_forms() -> Iterator[None]:
    """Plain forms in this thread, also inside of `with fast():` (a trace looks at every line)."""
    with _turned(0):
        yield


@contextmanager
def _turned(depth: int) -> Iterator[None]:
    global _any
    thread = get_ident()
    before = _threads.get(thread, 0)
    _threads[thread] = depth
    _any = any(_threads.values())
    try:
        yield
    finally:
        _threads[thread] = before
        if not before:
            del _threads[thread]
        _any = any(list(_threads.values()))


def _form(name: str, args: tuple) -> Callable | None:
    form = FORMS.get(name)
    if form is None or not is_fast() or any(is_watched(tap) for tap in form.hides):
        return None
    if args and isinstance(args[0], nn.Module) and (_global_hooks() or has_other_hooks(args[0])):
        return None
    return form.run


def _name(function: Callable) -> str:
    return f"{function.__module__}.{function.__qualname__}"

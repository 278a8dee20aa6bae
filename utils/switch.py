"""The switch between the plain form of an operation and a fast one, and the list of the pairs.

    @replaceable
    def attention(q, k, v): ...        # in `ops`: the definition; it runs unless told otherwise

    @fast_form(attention, hides="weights")
    def fused_attention(q, k, v): ...  # in `fast`: runs inside of `with fast():`

Even there the plain form runs where somebody looks inside: while a tap that the fast form would
leave out is watched, on a module with hooks or with a layer of somebody else inside, in a trace, in
a transform of `torch.func`, and under `torch.compile`, which joins operations itself. The switch
belongs to the thread that turned it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import unwrap
from threading import Lock, get_ident
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
_threads: dict[int, list[int]] = {}  # thread -> how often it was turned on, and held off
ON, OFF = 0, 1  # places in these counts
_lock = Lock()
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
    if not _any or torch.compiler.is_compiling():
        return False
    on, off = _threads.get(get_ident(), (0, 0))
    return on > 0 and not off


def would_be_fast(function: Callable, args: tuple) -> bool:
    """Whether a fast form would answer this call, here and now."""
    return _form(_name(unwrap(function)), args) is not None


@contextmanager
def switched_on() -> Iterator[None]:
    """Fast forms on in this thread; `utils.fast.fast` is the door to it."""
    with _counted(ON):
        yield


@contextmanager
def plain_forms() -> Iterator[None]:
    """Plain forms in this thread, also inside of `with fast():` (a trace looks at every line)."""
    with _counted(OFF):
        yield


@contextmanager
def _counted(which: int) -> Iterator[None]:
    # Counted, not put back: what was entered last need not be left first (a generator).
    thread = get_ident()
    _count(thread, which, 1)
    try:
        yield
    finally:
        _count(thread, which, -1)


def _count(thread: int, which: int, by: int) -> None:
    global _any
    with _lock:
        counts = _threads.setdefault(thread, [0, 0])
        counts[which] += by
        if not any(counts):
            del _threads[thread]
        _any = any(on for on, _ in _threads.values())


def _form(name: str, args: tuple) -> Callable | None:
    form = FORMS.get(name)
    if form is None or not is_fast() or _is_transformed():
        return None
    if any(is_watched(tap) for tap in form.hides):
        return None
    if args and isinstance(args[0], nn.Module) and _is_looked_into(args[0]):
        return None
    return form.run


def _is_looked_into(module: nn.Module) -> bool:
    """Whether somebody hooked into the module, or put a layer of his own in the place of a part."""
    return (
        bool(_global_hooks())
        or has_other_hooks(module)
        or not all(part is module or _is_known(part) for part in module.modules())
    )


def _is_known(part: nn.Module) -> bool:
    """Whether its forward is torch's or the course's: a fast form reads the weights alone."""
    if "forward" in vars(part):
        return False
    return type(part).forward.__module__.startswith(("torch.nn.modules.", "utils."))


def _is_transformed() -> bool:
    """Whether torch.func (vmap, grad, jvp) or forward derivatives are on: kernels know them not."""
    return (
        torch._C._functorch.peek_interpreter_stack() is not None
        or torch.autograd.forward_ad._current_level >= 0
    )


def _name(function: Callable) -> str:
    return f"{function.__module__}.{function.__qualname__}"

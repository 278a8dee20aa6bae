"""Keep what is made again and again from the same settings: masks, index tables, positions.

    @cached
    def shift_mask(size, *, window_size, shift_size, device=None, dtype=torch.float32): ...

A cached tensor is shared by all who ask for it: do not write into it. What is made while something
stands between torch and its operations (an export with fake tensors, a counter of operations) is
never kept, and never taken from what was kept: it belongs to that run alone.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import unwrap
from threading import Lock
from typing import Any

import torch

MOST = 64  # entries of one function; the oldest goes first
_lock = Lock()
_kept: list[OrderedDict] = []  # one for each cached function


def cached(function: Callable) -> Callable:
    """Keep the results of a function of hashable settings that returns a tensor.

    The key holds each setting with its type (1 is not 1.0) and the device that is meant where none
    was named. Tensors are made outside of inference mode, so that training can use them later. The
    function itself stays at hand as `__wrapped__`.
    """
    kept: OrderedDict[Hashable, Any] = OrderedDict()

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if torch.compiler.is_compiling() or torch._C._len_torch_dispatch_stack():
            return call.__wrapped__(*args, **kwargs)  # type: ignore[attr-defined] # wraps sets it
        key = _key(args, kwargs), _constants(call.__wrapped__)  # type: ignore[attr-defined]
        made = call.kept.get(key)  # type: ignore[attr-defined] # set below
        if made is None:
            with torch.inference_mode(False):
                made = call.__wrapped__(*args, **kwargs)  # type: ignore[attr-defined]
            with _lock:
                call.kept[key] = made  # type: ignore[attr-defined]
                while len(call.kept) > MOST:  # type: ignore[attr-defined]
                    call.kept.popitem(last=False)  # type: ignore[attr-defined]
        return made

    # As attributes of the function, not as variables of this one: when a learner changes the file,
    # autoreload replaces the attributes of the function that others have imported.
    call.kept = kept  # type: ignore[attr-defined]
    _kept.append(kept)
    return call


def forget_all() -> None:
    """Drop everything that was kept: called where an operation is defined anew."""
    with _lock:
        for kept in _kept:
            kept.clear()


@contextmanager
def made_anew() -> Iterator[None]:
    """Nothing that was kept before is taken while this lasts; afterwards it is there again.

    Within, each value is made once and kept for the rest of it.
    """
    before = [(kept, OrderedDict(kept)) for kept in _kept]
    forget_all()
    try:
        yield
    finally:
        for kept, content in before:
            kept.clear()
            kept.update(content)


def _key(args: tuple, kwargs: dict[str, Any]) -> Hashable:
    # A key without the device would give to everybody what was made under `with torch.device(…)`.
    device = kwargs.get("device")
    named = torch.get_default_device() if device is None else torch.device(device)
    settings = sorted((k, _typed(v)) for k, v in kwargs.items() if k != "device")
    return tuple(map(_typed, args)), tuple(settings), named


def _constants(function: Callable) -> tuple:
    """The numbers of its file that a function reads: a learner may change one (say, the −100)."""
    plain: Any = unwrap(function)
    read = (plain.__globals__.get(name) for name in plain.__code__.co_names)
    return tuple(value for value in read if isinstance(value, int | float))


def _typed(value: Any) -> Hashable:
    if isinstance(value, tuple | list):
        return tuple(map(_typed, value))
    return type(value).__name__, str(value) if isinstance(value, torch.dtype) else value

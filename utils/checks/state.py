"""A clean state to judge in, and what a learner's code has changed in it: named and undone."""

import builtins
import contextlib
import math
import random
import sys
from collections.abc import Iterator
from types import FunctionType, MethodType, ModuleType
from typing import Any

import einops
import numpy as np
import torch
from torch import nn

from utils.checks.files import kind

CHECKS = __name__.rpartition(".")[0]


class Shared:
    """The functions and classes that everybody uses, as they were when this was made."""

    def __init__(self, owners: list[Any]) -> None:
        self.kept = [
            (owner, {name: value for name, value in vars(owner).items() if _kept(name, value)})
            for owner in owners
        ]

    def mend(self) -> list[str]:
        """Put back what was replaced since, and say what it was."""
        mended = []
        for owner, kept in self.kept:
            now = vars(owner)
            for name in [n for n, value in now.items() if n not in kept and _of_a_learner(value)]:
                with contextlib.suppress(AttributeError, TypeError):
                    delattr(owner, name)
                    mended.append(f"{getattr(owner, '__name__', owner)}.{name}")
            for name, value in kept.items():
                if now.get(name) is not value and not _of_a_library(now.get(name)):
                    with contextlib.suppress(AttributeError, TypeError):
                        setattr(owner, name, value)
                        mended.append(f"{getattr(owner, '__name__', owner)}.{name}")
        return mended


def _kept(name: str, value: Any) -> bool:
    """Whether a replacement matters: of a function, class or module, not what follows a setting."""
    return isinstance(value, ModuleType) or (callable(value) and name != "Storage")


def _of_a_learner(value: Any) -> bool:
    """Whether a function stands in a file that is neither ours nor a library's."""
    if not isinstance(value, FunctionType):
        return False
    file = value.__code__.co_filename
    return not file.startswith("<") and kind(file) == "learner"


def _of_a_library(value: Any) -> bool:
    """Whether a library, loaded since, has put its own function or method there.

    Compilers do, and a notebook's kernel has its own `input` while a cell runs.
    """
    function = value.__func__ if isinstance(value, MethodType) else value
    return isinstance(function, FunctionType) and kind(function.__code__.co_filename) == "library"


def libraries() -> list[Any]:
    """What the checker itself stands on: torch, einops, numpy, Python's own."""
    layers = [layer for layer in vars(nn).values() if isinstance(layer, type)]
    return [
        *(builtins, math, np, einops, torch, torch.nn.functional, torch.linalg),
        *(torch.Tensor, *layers),
    ]


def course(*, checks: bool) -> list[Any]:
    """The modules of `utils` that are loaded, with their classes: those of the checker or not."""
    owners: list[Any] = []
    for name, module in list(sys.modules.items()):
        if not isinstance(module, ModuleType) or not name.startswith("utils"):
            continue
        if name.startswith(CHECKS) == checks:
            owners.append(module)
            owners += [
                made
                for made in list(vars(module).values())
                if isinstance(made, type) and made.__module__ == name
            ]
    return owners


@contextlib.contextmanager
def clean() -> Iterator[None]:
    """float32, the CPU, gradients on, and generators that are put back.

    >>> torch.set_default_dtype(torch.float64)
    >>> with clean():
    ...     torch.zeros(1).dtype
    torch.float32
    >>> torch.get_default_dtype()
    torch.float64
    >>> torch.set_default_dtype(torch.float32)
    """
    dtype, numpy, python = torch.get_default_dtype(), np.random.get_state(), random.getstate()  # noqa: NPY002
    torch.set_default_dtype(torch.float32)
    try:
        with (
            torch.random.fork_rng(devices=[]),
            torch.device("cpu"),
            torch.inference_mode(False),
            torch.enable_grad(),
            torch.autocast("cpu", enabled=False),
        ):
            yield
    finally:
        torch.set_default_dtype(dtype)
        np.random.set_state(numpy)  # noqa: NPY002
        random.setstate(python)


def settings() -> dict[str, Any]:
    """The switches of torch and Python that outlive a function, by what sets them."""
    return {
        "torch.set_default_dtype": torch.get_default_dtype(),
        "torch.set_num_threads": torch.get_num_threads(),
        "torch.use_deterministic_algorithms": torch.are_deterministic_algorithms_enabled(),
        "torch.set_float32_matmul_precision": torch.get_float32_matmul_precision(),
        "sys.setrecursionlimit": sys.getrecursionlimit(),
    }


def set_back(before: dict[str, Any]) -> list[str]:
    """Undo what differs from `before`, and say by which call it was changed."""
    setters: dict[str, Any] = {
        "torch.set_default_dtype": torch.set_default_dtype,
        "torch.set_num_threads": torch.set_num_threads,
        "torch.use_deterministic_algorithms": torch.use_deterministic_algorithms,
        "torch.set_float32_matmul_precision": torch.set_float32_matmul_precision,
        "sys.setrecursionlimit": sys.setrecursionlimit,
    }
    changed = [name for name, value in settings().items() if value != before[name]]
    for name in changed:
        setters[name](before[name])
    return changed

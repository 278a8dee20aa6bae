"""Whether gradients pass through an answer as they do through the reference."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from utils.checks.copies import copied
from utils.checks.exercise import Exercise
from utils.checks.guard import run
from utils.checks.slips.solution import right_programs
from utils.checks.trial import Goal, arguments

CLOSE = 0.05  # of a gradient's length
LEAST = 1e-4  # of the largest gradient: what is smaller is 0 but for the arithmetic
CUTTERS = (".detach(", "no_grad", ".data", ".numpy(", ".item(", ".tolist(", "torch.tensor(",
           "inference_mode", "np.")  # fmt: skip


def cut(exercise: Exercise, function: Callable[..., Any], goals: list[Goal], seconds: float) -> str:
    """What gets no gradient, or another one, as a sentence; empty where all is well.

    Asked on the input on which most things get one.
    """
    each = [(_of(exercise.reference, one, arguments(exercise)), one) for one in goals]
    wanted, goal = max(each, key=lambda pair: len(pair[0]))
    if not wanted:
        return ""
    args, leaves = _leaves(goal, arguments(exercise))
    outcome = run(
        function,
        args,
        seconds=seconds,
        may_call=exercise.may_call,
        then=lambda value: _gradients(value, leaves),
        copy=False,
    )
    found = outcome.value if isinstance(outcome.value, dict) else {}
    missing = [f"`{name}`" for name in wanted if name not in found or not found[name].any()]
    other = [] if missing else [n for n in wanted if _far(found[n], wanted[n])]
    if other:  # a model may cut on purpose where the printed solution does not
        printed = _of(right_programs(exercise)[0].function(), goal, arguments(exercise))
        other = [f"`{n}`" for n in other if n in printed and not _far(printed[n], wanted[n])]
    if not missing and not other:
        return ""
    names = ", ".join((missing or other)[:6]) + (", ..." if len(missing or other) > 6 else "")
    what = "no gradient reaches" if missing else "only a part of the gradient reaches"
    cutters = [cutter for cutter in CUTTERS if cutter in _text(function)]
    by = f" (`{cutters[0].strip('.(')}` in your function?)" if cutters else ""
    return (
        f"The values are right, but {what} {names}: something cuts it{by}. In training these would "
        "never learn. `.detach()`, `.data`, `torch.no_grad()` and numpy all cut."
    )


def _of(function: Callable[..., Any], goal: Goal, names: tuple[str, ...]) -> dict[str, Tensor]:
    """The reference's gradients by name, where there are any."""
    args, leaves = _leaves(goal, names)
    found = _gradients(function(*args), leaves)
    most = max((float(g.abs().max()) for g in found.values()), default=0.0)
    return {name: g for name, g in found.items() if float(g.abs().max()) > LEAST * most}


def _far(yours: Tensor, right: Tensor) -> bool:
    """Whether a gradient is another one, by more than the kinks of a function excuse."""
    return bool((yours - right).norm() > CLOSE * right.norm())


def _leaves(goal: Goal, names: tuple[str, ...]) -> tuple[tuple[Any, ...], dict[str, Tensor]]:
    """Arguments through which gradients pass, and the leaves in which they end."""
    leaves: dict[str, Tensor] = {}
    args = []
    for name, arg in zip(names, map(copied, goal.case.args), strict=True):
        if isinstance(arg, Tensor) and arg.is_floating_point():
            leaves[name] = arg.requires_grad_()
            args.append(arg * 1.0)  # in a network it is made by a layer before
        else:
            args.append(arg)
            for path, weight in _weights(arg):
                leaves[f"{name}{path}"] = weight.requires_grad_()
    return tuple(args), leaves


def _weights(arg: Any) -> Iterator[tuple[str, Tensor]]:
    if isinstance(arg, nn.Module):
        yield from ((f".{path}", weight) for path, weight in arg.named_parameters())
    elif isinstance(arg, (list, tuple)):
        for place, part in enumerate(arg):
            yield from ((f"[{place}]{path}", weight) for path, weight in _weights(part))


def _gradients(value: Any, leaves: dict[str, Tensor]) -> dict[str, Tensor]:
    parts = [value] if isinstance(value, Tensor) else list(value)
    generator = torch.Generator().manual_seed(9)
    total = sum(
        (part * torch.randn(part.shape, generator=generator)).sum()
        for part in parts
        if isinstance(part, Tensor) and part.requires_grad
    )
    if not isinstance(total, Tensor):
        return {}
    gradients = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
    return {name: g for name, g in zip(leaves, gradients, strict=True) if g is not None}


def _text(function: Callable[..., Any]) -> str:
    try:
        return inspect.getsource(inspect.unwrap(function))
    except (OSError, TypeError, ValueError):
        return ""

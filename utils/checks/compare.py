"""Where the learner's result first differs from the target, in words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

TOLERANCE = 1e-5  # of the target's largest value; float32 sums in another order differ by 1e-6


@dataclass(frozen=True)
class Difference:
    """The first difference: a sentence, and the two tensors where a picture can be drawn."""

    text: str
    target: Tensor | None = None
    yours: Tensor | None = None
    garbage: bool = False  # not even the right kind of thing


def difference(
    target: Any, yours: Any, *, axes: str, parts: tuple[str, ...] = ()
) -> Difference | None:
    """None where both are equal; else what differs first."""
    if isinstance(target, Tensor):
        return _tensors(target, yours, axes)
    if all(isinstance(part, Tensor) for part in target):
        return _several(target, yours, axes, parts)
    return _numbers(target, yours)


def same(one: Any, other: Any, *, axes: str) -> bool:
    """Whether two results are equal, whatever they are."""
    try:
        return difference(one, other, axes=axes) is None
    except (TypeError, ValueError, RuntimeError):
        return False


def _tensors(target: Tensor, yours: Any, axes: str, name: str = "the result") -> Difference | None:
    wanted = f"a tensor of shape {_named(target.shape, axes)}"
    if yours is None:
        text = f"{name} is None where {wanted} is wanted: is a `return` missing?"
        return Difference(text, garbage=True)
    if not isinstance(yours, Tensor):
        text = f"{name} is a {type(yours).__name__} where {wanted} is wanted"
        return Difference(text, garbage=True)
    if yours.shape != target.shape:
        return Difference(_shapes(target, yours, axes, name))
    if yours.is_complex():
        return Difference(f"{name} holds complex numbers where real ones are wanted")
    a, b = target.detach().double().cpu(), yours.detach().double().cpu()
    near = (a == b) | ((a - b).abs() <= TOLERANCE * max(1e-3, _largest(a)))
    near |= a.isnan() & b.isnan()  # so that a known mistake that gives nan is known again
    if a.numel() == 0 or bool(near.all()):
        return None
    at = np.unravel_index(int((~near).flatten().int().argmax()), tuple(a.shape))
    names = axes.split()
    place = ", ".join(f"{n} = {int(i)}" for n, i in zip(names, at, strict=True))
    values = f"the target is {_say(a[at])}, yours {_say(b[at])}"
    count = f"{int((~near).sum())} of {a.numel()} values differ"
    text = f"{name} first differs at {place}: {values}; {count}{_pattern(a, b)}"
    return Difference(text, target.detach(), yours.detach())


def _several(
    target: Sequence[Tensor], yours: Any, axes: str, parts: tuple[str, ...]
) -> Difference | None:
    what = f"{len(target)} tensors ({', '.join(parts)})" if parts else f"{len(target)} tensors"
    if not isinstance(yours, (tuple, list, Tensor)) or (
        isinstance(yours, Tensor) and not yours.ndim
    ):
        return Difference(
            f"the result is {_a(yours)} where {what} are wanted: `return a, b` gives two",
            garbage=True,
        )
    if len(yours) != len(target):
        return Difference(f"{len(yours)} results came where {what} are wanted", garbage=True)
    for place, (one, other) in enumerate(zip(target, yours, strict=True)):
        found = _tensors(one, other, axes, parts[place] if parts else f"result {place}")
        if found is not None:
            return found
    return None


def _numbers(target: Sequence[int], yours: Any) -> Difference | None:
    if not isinstance(yours, (tuple, list)) or len(yours) != len(target):
        text = (
            f"the result is {_a(yours)} where {len(target)} numbers like {tuple(target)} are wanted"
        )
        return Difference(text, garbage=True)
    if not all(isinstance(value, (int, float)) for value in yours):
        return Difference(
            f"the result {_short(yours)} holds something else than numbers", garbage=True
        )
    if tuple(yours) != tuple(target):
        return Difference(f"the target is {tuple(target)}, yours {tuple(yours)}")
    return None


def _shapes(target: Tensor, yours: Tensor, axes: str, name: str) -> str:
    text = f"{name} has shape {tuple(yours.shape)} where {_named(target.shape, axes)} is wanted"
    if yours.ndim == target.ndim and sorted(yours.shape) == sorted(target.shape):
        return text + ": the same sizes in another order"
    if yours.numel() == target.numel():
        return text + ": as many values, cut in another way"
    return text


def _pattern(target: Tensor, yours: Tensor) -> str:
    """A regularity that explains all differences at once."""
    if not bool(yours.isfinite().all()):
        return "; yours holds values that are no numbers (nan) or infinite"
    if torch.equal(target.flatten().sort().values, yours.flatten().sort().values):
        return "; all the right values are there, in other places"
    big = target.abs() > 1e-3 * _largest(target)
    ratio = (yours[big] / target[big]).mean() if bool(big.any()) else torch.tensor(1.0)
    if float((yours - ratio * target).abs().max()) < TOLERANCE * max(_largest(yours), 1e-9):
        return f"; yours is everywhere {_say(ratio)} times the target"
    return ""


def _named(shape: Sequence[int], axes: str) -> str:
    return f"({', '.join(f'{n}={s}' for n, s in zip(axes.split(), shape, strict=True))})"


def _largest(x: Tensor) -> float:
    return float(x.abs().max()) if x.numel() else 0.0


def _say(value: Tensor) -> str:
    number = float(value)
    return f"{number:g}" if math.isfinite(number) and number == int(number) else f"{number:.4g}"


def _a(thing: Any) -> str:
    return "None" if thing is None else f"a {type(thing).__name__}"


def _short(thing: Any) -> str:
    text = repr(thing)
    return text if len(text) <= 60 else f"{text[:57]}..."

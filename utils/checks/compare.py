"""Where the learner's result first differs from the target, in words."""

import math
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from utils.checks.answers import Answer, Wanted

LEAST = 2e-6  # of the largest value: float32 keeps 7 digits, and a sum in another order loses some
TIMES = 20.0  # as far as another way to compute may be off, in errors of the reference's own
MOST = 1e-3  # of the largest value: no arithmetic excuses more
SMALLEST = 1e-30


@dataclass(frozen=True)
class Difference:
    """The first difference: a sentence, and the two tensors where a picture can be drawn."""

    text: str
    target: Tensor | None = None
    yours: Tensor | None = None
    garbage: bool = False  # not even the right kind of thing


def tolerance(target: Answer, exact: Answer | None) -> float:
    """How far a right answer may be off, of the largest value: from the reference in float64.

    >>> tolerance(Answer((torch.ones(2),)), None)
    2e-06
    """
    worst = LEAST
    if exact is not None and len(exact.tensors) == len(target.tensors):
        for one, other in zip(target.tensors, exact.tensors, strict=True):
            error, size = one.double() - other.double(), largest(other)
            worst = max(worst, TIMES * largest(error) / max(size, SMALLEST))
    return min(worst, MOST)


def same(one: Answer, other: Answer, share: float) -> bool:
    """Whether two results are equal: the same shapes, and values within a share of the largest."""
    if one.numbers or other.numbers:
        return one.numbers == other.numbers
    if len(one.tensors) != len(other.tensors):
        return False
    return all(
        a.shape == b.shape and bool(_near(_flat(a), _flat(b), share).all())
        for a, b in zip(one.tensors, other.tensors, strict=True)
    )


def difference(target: Answer, yours: Answer, want: Wanted, share: float) -> Difference | None:
    """None where both are equal; else what differs first."""
    if yours.problem:
        return Difference(yours.problem, garbage=yours.garbage)
    if want.numbers:
        if yours.numbers == target.numbers:
            return None
        return Difference(f"the target is {target.numbers}, yours {yours.numbers}")
    for place, (one, other) in enumerate(zip(target.tensors, yours.tensors, strict=True)):
        found = _tensors(one, other, want, place, share)
        if found is not None:
            return found
    return None


def _tensors(
    target: Tensor, yours: Tensor, want: Wanted, place: int, share: float
) -> Difference | None:
    name = want.names(place)
    if yours.shape != target.shape:
        return Difference(_shapes(target, yours, want, place))
    a, b = _flat(target), _flat(yours)
    near = _near(a, b, share)
    if bool(near.all()):
        return None
    at = np.unravel_index(int((~near).argmax()), tuple(target.shape))
    spot = ", ".join(f"{n} = {int(i)}" for n, i in zip(want.axes.split(), at, strict=True))
    index = int((~near).argmax())
    values = f"the target is {say(a[index])}, yours {say(b[index])}"
    count = f"{int((~near).sum())} of {a.size} values differ"
    text = f"{name} first differs at {spot}: {values}; {count}{_pattern(a, b)}"
    return Difference(text, target, yours)


def _near(a: np.ndarray, b: np.ndarray, share: float) -> np.ndarray:
    """Equal, or both no number, or within a tolerance that is never infinite."""
    with np.errstate(invalid="ignore"):
        finite = a[np.isfinite(a)]
        most = share * max(float(np.abs(finite).max()) if finite.size else 0.0, SMALLEST)
        return (a == b) | (np.abs(a - b) <= most) | (np.isnan(a) & np.isnan(b))


def _flat(x: Tensor) -> np.ndarray:
    return x.detach().double().numpy().reshape(-1)


def largest(x: Tensor) -> float:
    """The largest size of a finite value; 0 where there is none."""
    values = _flat(x)
    values = np.abs(values[np.isfinite(values)])
    return float(values.max()) if values.size else 0.0


def _shapes(target: Tensor, yours: Tensor, want: Wanted, place: int) -> str:
    shape = want.shape(place)
    text = f"{want.names(place)} has shape {tuple(yours.shape)} where {shape} is wanted"
    if yours.ndim == target.ndim and sorted(yours.shape) == sorted(target.shape):
        return text + ": the same sizes in another order"
    if yours.numel() == target.numel():
        return text + ": as many values, cut in another way"
    return text


def _pattern(target: np.ndarray, yours: np.ndarray) -> str:
    """A regularity that explains all differences at once."""
    if not bool(np.isfinite(yours).all()):
        return "; yours holds values that are no numbers (nan) or infinite"
    if np.array_equal(np.sort(target), np.sort(yours)):
        return "; all the right values are there, in other places"
    return ""


def say(value: float) -> str:
    """A number as people write it.

    >>> say(2.0), say(0.123456)
    ('2', '0.1235')
    """
    number = float(value)
    if number == 0:
        return "0"
    return f"{number:g}" if math.isfinite(number) and number == int(number) else f"{number:.4g}"

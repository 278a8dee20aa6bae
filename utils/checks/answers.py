"""Plain data of whatever came back: tensors on the CPU, whole numbers, or a sentence why not."""

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
import torch
from torch import Tensor

from utils.checks.files import kind_of, said_by

ORDINARY = "an ordinary tensor is wanted"


@dataclass(frozen=True)
class Answer:
    """A result that can be compared: tensors, or numbers, or what is wrong with its kind."""

    tensors: tuple[Tensor, ...] = ()
    numbers: tuple[int, ...] = ()
    problem: str = ""
    garbage: bool = False  # not even the right kind of thing


@dataclass(frozen=True)
class Wanted:
    """What an exercise asks for: made from the reference's own result."""

    axes: str
    parts: tuple[str, ...] = ()
    shapes: tuple[tuple[int, ...], ...] = ()
    dtypes: tuple[torch.dtype, ...] = ()
    numbers: tuple[int, ...] = ()
    single: bool = True
    floats_asked: bool = True

    def names(self, place: int) -> str:
        """How to speak of result number `place`."""
        if self.single:
            return "the result"
        return self.parts[place] if place < len(self.parts) else f"result {place}"

    def shape(self, place: int) -> str:
        """The shape with the axes' names: `(b=1, h=4)`."""
        pairs = zip(self.axes.split(), self.shapes[place], strict=True)
        return f"({', '.join(f'{name}={side}' for name, side in pairs)})"


def wanted(target: Any, *, axes: str, parts: tuple[str, ...], floats_asked: bool = True) -> Wanted:
    """What to expect, from the reference's result."""
    tensors = (target,) if isinstance(target, Tensor) else tuple(target)
    if all(isinstance(part, Tensor) for part in tensors):
        return Wanted(
            axes,
            parts,
            tuple(tuple(part.shape) for part in tensors),
            tuple(part.dtype for part in tensors),
            single=isinstance(target, Tensor),
            floats_asked=floats_asked,
        )
    return Wanted(axes, parts, numbers=tensors, single=False)


def plain(value: Any, want: Wanted | None = None) -> Answer:
    """The result as plain data. Never raises: what cannot be read becomes a sentence."""
    try:
        if want is None:
            return _as_it_is(value)
        if want.numbers:
            return _numbers(value, want)
        return _one(value, want) if want.single else _several(value, want)
    except Exception as error:
        text = f"the result cannot be read: {kind_of(error)}: {said_by(error)}"
        return Answer(problem=text, garbage=True)


def _as_it_is(value: Any) -> Answer:
    """The result of a function of our own."""
    parts = (value,) if isinstance(value, Tensor) else tuple(value)
    if all(isinstance(part, Tensor) for part in parts):
        return Answer(tuple(part.detach().clone() for part in parts))
    return Answer(numbers=tuple(parts))


def _one(value: Any, want: Wanted, place: int = 0) -> Answer:
    name, shape = want.names(place), f"a tensor of shape {want.shape(place)}"
    if value is None:
        text = f"{name} is None where {shape} is wanted: is a `return` missing?"
        return Answer(problem=text, garbage=True)
    if not issubclass(type(value), Tensor):
        hint = ": torch.from_numpy makes one of it" if type(value) is np.ndarray else ""
        text = f"{name} is a {kind_of(value)} where {shape} is wanted{hint}"
        return Answer(problem=text, garbage=True)
    problem = _not_ordinary(value)
    if problem:
        return Answer(problem=f"{name} is {problem}, where {ORDINARY}")
    got = value.detach().cpu().clone().as_subclass(Tensor)
    problem = "" if got.shape != want.shapes[place] else _kind_of_numbers(got, want, place)
    if problem:
        return Answer((got,), problem=f"{name} holds {problem}")
    return Answer((got,))


def _not_ordinary(value: Tensor) -> str:
    if value.is_nested:
        return "a nested tensor"
    if value.layout != torch.strided:
        return f"a sparse tensor ({value.layout}): .to_dense() makes it an ordinary one"
    if value.is_quantized:
        return "a quantized tensor: .dequantize() makes it an ordinary one"
    if value.is_meta:
        return "on the meta device: it has a shape and no numbers"
    return ""


def _kind_of_numbers(got: Tensor, want: Wanted, place: int) -> str:
    """What is wrong with the dtype; empty where it is of the kind asked for."""
    asked = want.dtypes[place]
    if got.is_complex():
        return "complex numbers where real ones are wanted"
    if asked == torch.bool and got.dtype != torch.bool:
        return f"numbers ({got.dtype}) where True and False are wanted"
    if asked != torch.bool and got.dtype == torch.bool:
        return "True and False where numbers are wanted"
    if not asked.is_floating_point and got.is_floating_point():
        return f"{got.dtype} where whole numbers are wanted"
    if asked.is_floating_point and not got.is_floating_point() and want.floats_asked:
        return f"whole numbers ({got.dtype}) where floats are wanted"
    return ""


def _several(value: Any, want: Wanted) -> Answer:
    count = len(want.shapes)
    what = f"{count} tensors ({', '.join(want.parts)})" if want.parts else f"{count} tensors"
    stacked = issubclass(type(value), Tensor) and value.ndim > 0
    if not stacked and not issubclass(type(value), (tuple, list)):
        text = f"the result is {_a(value)} where {what} are wanted: `return a, b` gives two"
        return Answer(problem=text, garbage=True)
    if len(value) != count:
        return Answer(problem=f"{len(value)} results came where {what} are wanted", garbage=True)
    parts = [_one(part, want, place) for place, part in enumerate(value)]
    for part in parts:
        if part.garbage or (part.problem and not part.tensors):
            return part
    problem = next((part.problem for part in parts if part.problem), "")
    return Answer(tuple(part.tensors[0] for part in parts), problem=problem)


def _numbers(value: Any, want: Wanted) -> Answer:
    like = f"{len(want.numbers)} whole numbers like {want.numbers}"
    if not issubclass(type(value), (tuple, list)) or len(value) != len(want.numbers):
        text = f"the result is {_a(value)} where {like} are wanted"
        return Answer(problem=text, garbage=True)
    kinds = {kind_of(part) for part in value if not _is_whole(part)}
    if not kinds:
        return Answer(numbers=tuple(int(part) for part in value))
    if kinds <= {"float", "float32", "float64"}:
        numbers = tuple(float(part) for part in value)
        text = f"the result {numbers} holds a float where whole numbers are wanted"
        if numbers == tuple(map(float, want.numbers)):
            text += ": the values are right; `//` divides whole numbers, `/` gives a float"
        return Answer(problem=text)
    text = f"the result holds something else than numbers: {', '.join(sorted(kinds))}"
    return Answer(problem=text, garbage=True)


def _is_whole(value: Any) -> bool:
    kind = type(value)
    return issubclass(kind, Integral) and not issubclass(kind, (bool, np.bool_))


def _a(thing: Any) -> str:
    return "None" if thing is None else f"a {kind_of(thing)}"

"""What an annotation allows of a setting: a number, several, one of a few, a dtype, a device."""

import math
import operator
from typing import Any, NoReturn

import numpy as np
import torch
from torch import Tensor

from utils.contracts.limits import FLOATS
from utils.contracts.spec import Refusal, Sizes, Spec, shown
from utils.errors import ConfigError

WORDS = {1: "one", 2: "two", 3: "three", 4: "four"}
MOST = 2**31 - 1  # of any whole number: beyond it torch's own counting ends


class NumberSpec(Spec):
    """A whole number, or any number; never True or False; finite."""

    def __init__(self, whole: bool, limits: tuple[Any, ...] = ()) -> None:
        self.whole = whole
        far = MOST if whole else math.inf
        self.least = max((rule.least for rule in limits), default=-far)
        self.most = min((getattr(rule, "most", far) for rule in limits), default=far)

    def take(self, value: Any, name: str, sizes: Sizes) -> Any:
        if isinstance(value, torch.SymInt | torch.SymFloat):
            return value
        number = None
        if not isinstance(value, bool | np.bool_ | str | Tensor):
            try:
                number = operator.index(value) if self.whole else float(value)
            except (TypeError, ValueError, OverflowError):
                number = None
        if number is None or not math.isfinite(number) or not self.least <= number <= self.most:
            what = "a whole number" if self.whole else "a finite number"
            raise Refusal(
                ConfigError,
                f"{name} = {shown(value)} came",
                f"{name} is {what}{self.range(number)}",
                f"pass {name}={self._example()}, for example",
            )
        return value if type(value) is float else number

    def range(self, number: int | float | None = None) -> str:
        """The limits in words; the one that every whole number has, only where it was passed."""
        if self.most < MOST:
            return f" from {self.least:g} to {self.most:g}"
        if self.whole and number is not None and abs(number) > MOST:
            return " below 2³¹"
        return f" of at least {self.least:g}" if self.least > -MOST else ""

    def _example(self) -> str:
        least = max(self.least, 0 if self.most < MOST else 1)
        return f"{int(least)}" if self.whole else f"{float(least)}"


class TupleSpec(Spec):
    """A tuple (a list is taken) whose entries have specs; one and `...` for any number."""

    def __init__(self, parts: list[Spec | None], *, is_open: bool) -> None:
        self.parts, self.open = parts, is_open

    def take(self, value: Any, name: str, sizes: Sizes) -> Any:
        count = len(self.parts)
        if not isinstance(value, tuple | list) or not (self.open or len(value) == count):
            self._refuse(value, name)
        parts = self.parts * len(value) if self.open else self.parts
        try:
            taken = [
                entry if part is None else part.take(entry, f"{name}[{at}]", sizes)
                for at, (part, entry) in enumerate(zip(parts, value, strict=True))
            ]
        except Refusal:
            if all(isinstance(part, NumberSpec) for part in self.parts):
                self._refuse(value, name)  # both numbers, and what they are, in one sentence
            raise
        same = type(value) in (tuple, torch.Size) and all(map(operator.is_, taken, value))
        return value if same else tuple(taken)

    def _refuse(self, value: Any, name: str) -> NoReturn:
        count, first = len(self.parts), self.parts[0]
        what, example = f"a tuple of {count} values", "a tuple of them"
        if isinstance(first, NumberSpec):
            kind = f"{'whole' if first.whole else 'finite'} numbers{first.range()}"
            what = f"a tuple of {kind}" if self.open else f"{WORDS.get(count, count)} {kind}"
            what += ", (height, width)" if count == 2 and first.least == 1 else ""
            sample = ["7" if first.whole else "1.0"] * (3 if self.open else count)
            example = f"{name}=({', '.join(sample)}), for example"
        elif self.open:
            what = "a tuple of any length"
            example = f"{name}=(({', '.join(['7'] * 2)}), ...), for example"
        raise Refusal(
            ConfigError, f"{name} = {shown(value)} came", f"{name} is {what}", f"pass {example}"
        )


class SequenceSpec(Spec):
    """A list (or tuple) of things with one spec."""

    def __init__(self, part: Spec | None) -> None:
        self.part = part

    def take(self, value: Any, name: str, sizes: Sizes) -> Any:
        if not isinstance(value, list | tuple):
            raise Refusal(
                ConfigError,
                f"{name} = {shown(value)} came",
                f"{name} is a list",
                f"pass [{name}]",
            )
        part = self.part
        if part is None:
            return value
        taken = [part.take(entry, f"{name}[{at}]", sizes) for at, entry in enumerate(value)]
        return value if all(map(operator.is_, taken, value)) else type(value)(taken)


class ChoiceSpec(Spec):
    """One of a few values."""

    def __init__(self, values: tuple[Any, ...]) -> None:
        self.values = values

    def take(self, value: Any, name: str, sizes: Sizes) -> Any:
        if any(type(value) is type(one) and value == one for one in self.values):
            return value
        raise Refusal(
            ConfigError,
            f"{name} = {shown(value)} came",
            f"{name} is one of {', '.join(map(str, self.values))}",
            f"pass {name}={self.values[0]!r}",
        )


class TypeSpec(Spec):
    """An instance of a plain type."""

    def __init__(self, kind: type) -> None:
        self.kind = kind

    def take(self, value: Any, name: str, sizes: Sizes) -> Any:
        if isinstance(value, np.bool_) and self.kind is bool:
            return bool(value)
        if isinstance(value, self.kind):
            return value
        what = {"bool": "True or False", "str": "a text", "dtype": "a dtype, like torch.float32"}
        raise Refusal(
            ConfigError,
            f"{name} = {shown(value)} came",
            f"{name} is {what.get(self.kind.__name__, f'a {self.kind.__name__}')}",
            f"pass a {self.kind.__name__}",
        )


class FloatDtypeSpec(Spec):
    """A floating-point dtype: masks and positions are added to features."""

    def take(self, value: Any, name: str, sizes: Sizes) -> Any:
        if isinstance(value, torch.dtype) and value in FLOATS:
            return value
        raise Refusal(
            ConfigError,
            f"{name} = {shown(value)} came",
            f"{name} is float64, float32, bfloat16 or float16 of torch",
            f"pass {name}=torch.float32, or the dtype of what it is added to",
        )


class DeviceSpec(Spec):
    """A device, or its name."""

    def take(self, value: Any, name: str, sizes: Sizes) -> Any:
        if value is None:
            return value
        try:
            if isinstance(value, str | torch.device):
                torch.empty(0, device=value)  # whether it is there, too
                return value if isinstance(value, torch.device) else torch.device(value)
        except (RuntimeError, AssertionError, NotImplementedError):
            pass
        raise Refusal(
            ConfigError,
            f"{name} = {shown(value)} came",
            f"{name} is a device of this machine or its name: cpu, cuda, mps",
            "leave it out for the default device",
        )

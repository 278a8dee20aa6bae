"""What one annotation allows: tensors by their axes, settings by their type."""

import math
import operator
import types
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NoReturn, Union, get_args, get_origin

import numpy as np
import torch
from torch import Tensor
from torch.nn import Parameter

from utils.errors import ConfigError, CourseError, ShapeError

FIXED = {"xy": 2}  # axes whose name says how long they are
FLOATS = {torch.float16, torch.bfloat16, torch.float32, torch.float64}  # torch computes in these
PICTURE = ["b", "rgb", "h", "w"]  # the axes of what a model sees
WORDS = {1: "one", 2: "two", 3: "three", 4: "four"}
KEYED = {int, float, bool, str, torch.dtype, torch.device}
MOST = 2**31 - 1  # of any whole number: beyond it torch's own counting ends


@dataclass(frozen=True)
class AtLeast:
    """In an annotation: the number is at least this."""

    least: int | float


@dataclass(frozen=True)
class Between:
    """In an annotation: least ≤ number ≤ most."""

    least: int | float
    most: int | float


@dataclass(frozen=True)
class Floating:
    """In an annotation of a dtype: it is one of the floating-point dtypes that the course uses."""


@dataclass
class Sizes:
    """What the arguments of one call have said so far: axis -> length, and the common device."""

    axes: dict[str, Any] = field(default_factory=dict)
    said_by: dict[str, str] = field(default_factory=dict)
    device: torch.device | None = None


class Refusal(Exception):  # noqa: N818 - it becomes an error
    """Something does not fit; becomes an error of three parts."""

    def __init__(self, kind: type[CourseError], came: str, allowed: str, mend: str) -> None:
        super().__init__(came)
        self.kind, self.came, self.allowed, self.mend = kind, came, allowed, mend

    def error(self) -> CourseError:
        return self.kind(self.came, allowed=self.allowed, mend=self.mend)


class Spec:
    """What may be given for one parameter."""

    def take(self, value: Any, name: str, sizes: Sizes) -> Any:
        """The value, converted where it only looks different. Raises: Refusal."""
        raise NotImplementedError


class TensorSpec(Spec):
    """A tensor of the annotated dtypes and axes; a numpy array becomes one."""

    def __init__(self, hint: Any) -> None:
        self.text = hint.dim_str.strip()
        self.kind = hint.__name__.partition("[")[0].lower()
        named = isinstance(hint.dtypes, tuple | list)
        dtypes = {getattr(torch, name, None) for name in hint.dtypes} if named else None
        self.dtypes = dtypes & FLOATS if dtypes and self.kind == "float" else dtypes
        axes = self.text.split()
        spread = [at for at, axis in enumerate(axes) if axis == "..." or axis.startswith("*")]
        self.spread = axes[spread[0]].lstrip("*.") if spread else None
        self.front = axes[: spread[0]] if spread else axes
        self.back = axes[spread[0] + 1 :] if spread else []
        self.least = len(self.front) + len(self.back)
        self.shows_picture = axes == PICTURE

    def take(self, value: Any, name: str, sizes: Sizes) -> Any:
        given = value
        if not isinstance(value, Tensor):
            value = _tensor_from(value, name, self)
        self._check_one_picture(value, name, last=value is given and _has_colors_last(value))
        self._check_kind(value, name, sizes)
        shape = value.shape
        if len(shape) < self.least or (self.spread is None and len(shape) != self.least):
            self._refuse(value, name, _for_rank(len(shape), self.least, name))
        rest = len(shape) - len(self.back)
        if self.spread is not None:
            self._several(tuple(shape[len(self.front) : rest]), value, name, sizes)
        for axis, length in zip(self.front, shape, strict=False):
            self._one(axis, length, value, name, sizes)
        for axis, length in zip(self.back, shape[rest:] if self.back else (), strict=True):
            self._one(axis, length, value, name, sizes)
        return value

    def _check_one_picture(self, value: Tensor, name: str, *, last: bool) -> None:
        """Colors last, bytes, no batch: what a picture is before it is prepared for a model."""
        if self.shows_picture and value.ndim in (2, 3) and value.numel():
            prepared = value.ndim == 3 and value.is_floating_point()
            front = f"{name}[None] adds an axis in front, where it is prepared already"
            mend = _for_picture(f"{name}.permute(2, 0, 1)" if last else name)
            self._refuse(value, name, f"{mend}; {front}" if prepared and not last else mend)
        if self.shows_picture and value.dtype == torch.uint8 and self.kind == "float":
            self._refuse(value, name, f"prepare({name}, model) makes it so (utils.training)")

    def _check_kind(self, value: Tensor, name: str, sizes: Sizes) -> None:
        if value.layout is not torch.strided or value.is_nested or value.is_quantized:
            raise Refusal(
                ShapeError,
                f"{name} came as a {'nested' if value.is_nested else value.layout} tensor",
                "tensors are dense",
                f"{name}.to_dense() makes it so",
            )
        if self.dtypes is not None and value.dtype not in self.dtypes:
            self._refuse(value, name, _DTYPE.get(self.kind, "convert it").format(name=name))
        if value.ndim:  # a single number may come from anywhere
            if sizes.device is None:
                sizes.device = value.device
            elif sizes.device != value.device:
                raise Refusal(
                    ShapeError,
                    f"{name} came on {value.device}, another argument on {sizes.device}",
                    "all tensors of a call stand on one device",
                    f"{name}.to({str(sizes.device)!r}) moves it",
                )

    def _one(self, axis: str, length: int, value: Tensor, name: str, sizes: Sizes) -> None:
        if length < 1:
            self._refuse(value, name, f"give {axis} at least one entry")
        if axis.startswith(("_", "#")):
            return
        fixed = FIXED.get(axis) or (int(axis) if axis.isdigit() else None)
        if fixed is not None:
            if length != fixed:
                self._refuse(value, name, f"the axis {axis} has {fixed} entries, not {length}")
        elif sizes.axes.setdefault(axis, length) != length:
            other = sizes.said_by.get(axis, "another argument")
            self._refuse(
                value,
                name,
                f"make {axis} the same in both, it is {sizes.axes[axis]} in {other} and "
                f"{length} in {name}",
            )
        sizes.said_by.setdefault(axis, name)

    def _several(self, lengths: tuple[int, ...], value: Tensor, name: str, sizes: Sizes) -> None:
        if 0 in lengths:
            self._refuse(value, name, "give every axis at least one entry")
        if self.spread and sizes.axes.setdefault(self.spread, lengths) != lengths:
            other = sizes.axes[self.spread]
            self._refuse(
                value, name, f"make the axes in front the same, another argument has {other}"
            )

    def _refuse(self, value: Tensor, name: str, mend: str) -> None:
        kind = {"shaped": "", "float": "floating-point ", "int": "whole-number "}
        what = kind.get(self.kind, f"{self.kind} ") + "tensor"
        axes = _axes(self.text)
        raise Refusal(
            ShapeError,
            f"{name} of shape {tuple(value.shape)} and dtype {str(value.dtype)[6:]} came",
            f"{name} is a {what} ({axes})" if axes else f"{name} is a {what} of one number",
            mend,
        )


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
                f"{name} = {_shown(value)} came",
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

    def __init__(self, hint: Any) -> None:
        args = get_args(hint)
        self.open = len(args) == 2 and args[1] is Ellipsis
        self.parts = [spec_of(arg) for arg in (args[:1] if self.open else args)]

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
        same = type(value) is tuple and all(map(operator.is_, taken, value))
        return value if same else tuple(taken)

    def _refuse(self, value: Any, name: str) -> NoReturn:
        count, first = len(self.parts), self.parts[0]
        what, example = f"a tuple of {count} values", "a tuple of them"
        if isinstance(first, NumberSpec):
            kind = f"{'whole' if first.whole else 'finite'} numbers{first.range()}"
            what = f"a tuple of {kind}" if self.open else f"{WORDS.get(count, count)} {kind}"
            what += ", (height, width)" if count == 2 and first.least == 1 else ""
            shown = ["7" if first.whole else "1.0"] * (3 if self.open else count)
            example = f"{name}=({', '.join(shown)}), for example"
        elif self.open:
            what = "a tuple of any length"
            example = f"{name}=(({', '.join(['7'] * 2)}), ...), for example"
        raise Refusal(
            ConfigError, f"{name} = {_shown(value)} came", f"{name} is {what}", f"pass {example}"
        )


class SequenceSpec(Spec):
    """A list (or tuple) of things with one spec."""

    def __init__(self, part: Spec | None) -> None:
        self.part = part

    def take(self, value: Any, name: str, sizes: Sizes) -> Any:
        if not isinstance(value, list | tuple):
            raise Refusal(
                ConfigError,
                f"{name} = {_shown(value)} came",
                f"{name} is a list",
                f"pass [{name}]",
            )
        if self.part is None:
            return value
        return type(value)(
            [self.part.take(entry, f"{name}[{at}]", sizes) for at, entry in enumerate(value)]
        )


class ChoiceSpec(Spec):
    """One of a few values."""

    def __init__(self, values: tuple[Any, ...]) -> None:
        self.values = values

    def take(self, value: Any, name: str, sizes: Sizes) -> Any:
        if any(type(value) is type(one) and value == one for one in self.values):
            return value
        raise Refusal(
            ConfigError,
            f"{name} = {_shown(value)} came",
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
            f"{name} = {_shown(value)} came",
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
            f"{name} = {_shown(value)} came",
            f"{name} is float64, float32, bfloat16 or float16 of torch",
            f"pass {name}=torch.float32, or the dtype of what it is added to",
        )


class UnionSpec(Spec):
    """Any of several; None among them where the annotation says so."""

    def __init__(self, parts: list[Spec], *, none: bool) -> None:
        self.parts, self.none = parts, none

    def take(self, value: Any, name: str, sizes: Sizes) -> Any:
        if value is None and self.none:
            return None
        refusals = []
        for part in self.parts:
            try:
                return part.take(value, name, sizes)
            except Refusal as refusal:
                refusals.append(refusal)
        # The part that was meant, where it can be told: a tensor came, or a number.
        meant = [
            r
            for r, part in zip(refusals, self.parts, strict=True)
            if isinstance(part, TensorSpec) == isinstance(value, Tensor)
        ]
        raise (meant or refusals)[0]


class DeviceSpec(Spec):
    """A device, or its name."""

    def take(self, value: Any, name: str, sizes: Sizes) -> Any:
        if value is None:
            return value
        try:
            if isinstance(value, str | torch.device):
                torch.empty(0, device=value)  # whether it is there, too
                return torch.device(value)
        except (RuntimeError, AssertionError, NotImplementedError):
            pass
        raise Refusal(
            ConfigError,
            f"{name} = {_shown(value)} came",
            f"{name} is a device of this machine or its name: cpu, cuda, mps",
            "leave it out for the default device",
        )


def key_of(value: Any) -> Hashable | None:
    """What an annotation can ask of a value, to tell it from others; None where that is unknown."""
    kind = type(value)
    if kind is Tensor or kind is Parameter:
        return value.shape, value.dtype, value.device, value.layout
    if value is None or kind in KEYED:
        return kind, value  # 1 is not 1.0, and not True
    if kind is tuple:
        keys = tuple([key_of(part) for part in value])
        return None if None in keys else keys
    return None


def spec_of(hint: Any, *, default: Any = None) -> Spec | None:
    """What an annotation allows; None where nothing is asked."""
    origin, args = get_origin(hint), get_args(hint)
    if hasattr(hint, "dim_str") and hasattr(hint, "dtypes"):
        return TensorSpec(hint)
    if origin is Annotated:
        limits = tuple(rule for rule in args[1:] if isinstance(rule, AtLeast | Between))
        if any(isinstance(rule, Floating) for rule in args[1:]):
            return FloatDtypeSpec()
        if args[0] in (int, float):
            return NumberSpec(args[0] is int, limits)
        return spec_of(args[0], default=default)
    if origin in (Union, types.UnionType):
        return _union(args)
    if origin is Literal:
        return ChoiceSpec(args)
    if origin is tuple:
        return TupleSpec(hint)
    if origin in (list, Sequence):
        return SequenceSpec(spec_of(args[0]))
    if hint in (int, float):
        return NumberSpec(hint is int)
    if hint in (bool, str, torch.dtype):
        return TypeSpec(hint)
    return None


def _union(args: tuple[Any, ...]) -> Spec | None:
    none = type(None) in args
    rest = [arg for arg in args if arg is not type(None)]
    if torch.device in rest:
        return DeviceSpec()
    parts = [spec_of(arg) for arg in rest]
    if not parts or any(part is None for part in parts):
        return None  # something among them is not asked about: then nothing is
    return UnionSpec([part for part in parts if part is not None], none=none)


def _tensor_from(value: Any, name: str, spec: TensorSpec) -> Tensor:
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "fiub":
        return torch.from_numpy(np.array(value))
    axes = _axes(spec.text)
    raise Refusal(
        ShapeError,
        f"{name} came as {'None' if value is None else f'a {type(value).__name__}'}",
        f"{name} is a torch tensor ({axes})",
        _for_picture(name)
        if spec.shows_picture and _is_pillow(value)
        else f"torch.as_tensor({name}) makes one of numbers",
    )


def _is_pillow(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] == "PIL"


def _has_colors_last(value: Tensor) -> bool:
    return value.ndim == 3 and value.shape[2] in (1, 3, 4) and value.shape[0] not in (1, 3, 4)


def _for_picture(name: str) -> str:
    """The way from any picture to a model's door."""
    return (
        f"prepare(as_picture({name})[None], model) makes it so; as_picture is in utils.io, prepare "
        "in utils.training"
    )


_DTYPE: dict[str, str] = {
    "float": "{name}.float() makes it so",
    "int": "{name}.long() makes it so",
    "bool": "{name}.bool() makes it so",
}


def _axes(text: str) -> str:
    """The axes as a reader knows them: "*lead heads i d" is (..., heads, i, d)."""
    return ", ".join("..." if axis.startswith("*") else axis for axis in text.split())


def _for_rank(have: int, want: int, name: str) -> str:
    if have == want - 1:
        return f"{name}[None] adds an axis in front, {name}[..., None] one at the end"
    if have == want + 1:
        return f"{name}[0] takes the first along the front axis"
    return f"{want} axes are needed, and {have} came: reshape it"


def _shown(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    try:
        text = repr(value)
    except Exception:
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."

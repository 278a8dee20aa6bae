"""From an annotation to what it allows."""

import types
from collections.abc import Hashable, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import torch
from torch import Tensor
from torch.nn import Parameter

from utils.contracts.limits import AtLeast, Between, Floating
from utils.contracts.settings import (
    ChoiceSpec,
    DeviceSpec,
    FloatDtypeSpec,
    NumberSpec,
    SequenceSpec,
    TupleSpec,
    TypeSpec,
)
from utils.contracts.spec import Refusal, Sizes, Spec
from utils.contracts.tensors import TensorSpec

KEYED = {int, float, bool, str, torch.dtype, torch.device}


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
        is_open = len(args) == 2 and args[1] is Ellipsis
        return TupleSpec([spec_of(a) for a in (args[:1] if is_open else args)], is_open=is_open)
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


def key_of(value: Any) -> Hashable | None:
    """What an annotation can ask of a value, to tell it from others; None where that is unknown."""
    kind = type(value)
    if kind is Tensor or kind is Parameter:
        return value.shape, value.dtype, value.device, value.layout
    if value is None or kind in KEYED:
        return kind, value  # 1 is not 1.0, and not True
    if kind is torch.Size:
        return kind, *value
    if kind is tuple or kind is list:
        keys = tuple([key_of(part) for part in value])
        return None if None in keys else (kind, *keys)
    return None

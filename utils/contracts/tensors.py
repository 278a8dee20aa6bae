"""What an annotation allows of a tensor: its kind, its axes by name, its device."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from utils.contracts.limits import FLOATS
from utils.contracts.spec import Refusal, Sizes, Spec
from utils.errors import ShapeError

PICTURE = ["b", "rgb", "h", "w"]  # the axes of what a model sees
FIXED = {"xy": 2}  # axes whose name says how long they are


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

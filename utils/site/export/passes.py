"""A view's own `run` as a module whose outputs are tensors with names."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import Any

import torch
from torch import Tensor, nn

from utils.explorers import explorer_class

Tensors = dict[str, Tensor]


def named(value: Any, path: str, out: Tensors) -> Any:
    """Every tensor of a nested value into `out` under its dotted path; the rest stays, as JSON.

    >>> out = {}
    >>> named({"flow": torch.zeros(2), "stride": 8}, "inside", out), list(out)
    ({'flow': {'tensor': 'inside.flow'}, 'stride': 8}, ['inside.flow'])
    """
    if isinstance(value, Tensor):
        out[path] = value
        return {"tensor": path}
    if is_dataclass(value):
        names = [f.name for f in fields(value)]
        return {name: named(getattr(value, name), f"{path}.{name}", out) for name in names}
    if isinstance(value, dict):
        return {key: named(part, f"{path}.{key}", out) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [named(part, f"{path}.{i}", out) for i, part in enumerate(value)]
    return value


class Pass(nn.Module):
    """What a view keeps of one pass; `structure` and `names` are known after the first."""

    structure: Any
    names: list[str]

    def __init__(self, name: str) -> None:
        super().__init__()
        self.maths = explorer_class(name).maths
        self.model = self.maths.default_model().eval()

    def inside(self, *inputs: Tensor) -> Any:
        """What the view's `run` returns, or what stands for it."""
        return self.maths.run(self.model, *inputs)

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The named tensors, halves as float32: a browser has no arrays of them."""
        out: Tensors = {}
        self.structure = named(self.inside(*inputs), "inside", out)
        self.names = list(out)
        return tuple(x.float() if x.dtype == torch.float16 else x for x in out.values())


class OwnPicture(Pass):
    """Of squeeze-excite, the learner's picture alone: the scenes' part is stored with the view."""

    def inside(self, *inputs: Tensor) -> Any:
        maths: Any = self.maths
        nothing = torch.zeros(0, 3, maths.SIDE, maths.SIDE)
        kept, maths.scenes = maths.scenes, lambda: nothing
        try:
            return maths.run(self.model, *inputs)
        finally:
            maths.scenes = kept


class InjectorPass(Pass):
    """γ as a second input: times the trained one."""

    def inside(self, *inputs: Tensor) -> Any:
        maths: Any = self.maths
        picture, factor = inputs
        gammas = {
            name: parameter * factor
            for name, parameter in self.model.named_parameters()
            if name.endswith("injector.gamma")
        }
        with _swapped(self.model, gammas):
            return maths.one_pass(self.model, maths.fitted(picture, self.model))


@contextmanager
def _swapped(model: nn.Module, values: Tensors) -> Iterator[None]:
    """Within it, these parameters are plain tensors."""
    kept = {}
    for name, value in values.items():
        path, _, leaf = name.rpartition(".")
        module = model.get_submodule(path)
        kept[name] = module._parameters.pop(leaf)
        setattr(module, leaf, value)
    try:
        yield
    finally:
        for name, parameter in kept.items():
            path, _, leaf = name.rpartition(".")
            module = model.get_submodule(path)
            delattr(module, leaf)
            module._parameters[leaf] = parameter

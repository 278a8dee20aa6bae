"""Copies of what a learner's function is handed, and what it has changed in them."""

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

PLAIN = (bool, int, float, str, tuple, type(None))


def copied(given: Any) -> Any:
    """A copy that shares nothing with `given`, whatever it is made of.

    >>> given = [torch.zeros(2)]
    >>> copied(given)[0] is given[0]
    False
    """
    if isinstance(given, Tensor):
        return given.detach().clone()
    if isinstance(given, (list, tuple)):
        return type(given)(map(copied, given))
    if isinstance(given, dict):
        return {key: copied(value) for key, value in given.items()}
    return copy.deepcopy(given)


def changes(name: str, before: Any, after: Any) -> Iterator[str]:
    """What is no longer as it was, by its name: `x`, `block.norm2.weight`, `layers[1]`.

    >>> list(changes("x", torch.zeros(2), torch.ones(2)))
    ['writes into `x`']
    """
    if isinstance(before, Tensor):
        if not _equal(before, after):
            yield f"writes into `{name}`"
    elif isinstance(before, nn.Module):
        yield from _module_changes(name, before, after)
    elif isinstance(before, (list, tuple)):
        if len(before) != len(after):
            yield f"changes the length of `{name}`"
        for place, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from changes(f"{name}[{place}]", one, other)
    elif isinstance(before, dict):
        if before.keys() != after.keys():
            yield f"changes the keys of `{name}`"
        for key in before.keys() & after.keys():
            yield from changes(f"{name}[{key!r}]", before[key], after[key])


def _module_changes(name: str, before: nn.Module, after: nn.Module) -> Iterator[str]:
    old, new = dict(before.named_modules()), dict(after.named_modules())
    for path, module in old.items():
        full = f"{name}.{path}" if path else name
        other = new.get(path)
        if other is None or type(other) is not type(module):
            yield f"replaces `{full}`"
            return
        if other.training != module.training:
            yield f"switches `{full}` to {'training' if other.training else 'evaluation'}"
            return
        for kind in ("_parameters", "_buffers"):
            ours, theirs = getattr(module, kind), getattr(other, kind)
            for key, value in ours.items():
                if value is not None and not _equal(value, theirs.get(key)):
                    yield f"writes into `{full}.{key}`"
        for key, value in vars(module).items():
            if isinstance(value, PLAIN) and vars(other).get(key, value) != value:
                yield f"sets `{full}.{key}`"
        if vars(other).keys() - vars(module).keys() & {"forward"}:
            yield f"replaces `{full}.forward`"


def _equal(before: Tensor, after: Any) -> bool:
    if not isinstance(after, Tensor) or before.shape != after.shape:
        return False
    if before.dtype != after.dtype or after.device != before.device:
        return False
    same = (before == after) | ((before != before) & (after != after))
    return bool(same.all())


def redrawn(given: Any, *, seed: int) -> Any:
    """The same kind of input with other random numbers: what is 0 stays 0, whole numbers stay.

    >>> redrawn(torch.tensor([0.0, 3.0]), seed=1)[0].item()
    0.0
    """
    generator = torch.Generator().manual_seed(seed)
    return _redrawn(copied(given), generator)


def _redrawn(given: Any, generator: torch.Generator) -> Any:
    if isinstance(given, Tensor):
        return _noise(given, generator)
    if isinstance(given, (list, tuple)):
        return type(given)(_redrawn(part, generator) for part in given)
    if isinstance(given, nn.Module):
        with torch.no_grad():
            for weight in given.parameters():
                weight.copy_(_noise(weight, generator))
    return given


def _noise(x: Tensor, generator: torch.Generator) -> Tensor:
    """Numbers like those of `x`: the same middle, spread and limits, and 0 where `x` is 0."""
    if not x.is_floating_point() or x.numel() < 2:
        return x
    drawn = torch.randn(x.shape, generator=generator).to(x.dtype)
    spread = x.std().nan_to_num()
    drawn = (x.mean() + spread * drawn).clamp(x.min(), x.max())
    return torch.where(x == 0, x, drawn) if bool(spread > 0) else x

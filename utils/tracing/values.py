"""From a local variable to what a trace says of it."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from utils.tracing.facts import Ledger, geometry, version
from utils.tracing.tree import Sort, Value

MOST_PARTS = 100  # of a list, tuple, dict or dataclass; how many more there are is said
WIDTH = 60
WORDS = (int, float, bool, str, bytes, complex, type(None), torch.dtype, torch.device)


class More(NamedTuple):
    """So many parts are not listed."""

    others: int

    def __repr__(self) -> str:
        return f"and {self.others:,} more"


def signature(value: Any) -> tuple:
    """What changes when a name is bound anew or its tensor is written into."""
    if isinstance(value, Tensor):
        return ((id(value), _storage(value)), version(value), tuple(value.shape))
    if isinstance(value, list | dict | set):
        return (id(value), len(value))
    if isinstance(value, WORDS) or _is_plain_tuple(value):
        return ("word", type(value), value)
    return (id(value),)


def values_of(ledger: Ledger, name: str, value: Any, sort: Sort, *, line: int) -> Iterator[Value]:
    """One value for a tensor or a word, one for each tensor inside of something larger."""
    for label, part in leaves(name, value):
        if isinstance(part, Tensor) and _storage(part) is not None:
            is_new = ledger.meet(part, line, label)
            facts = ledger.measure(part)
            origin = ledger.origins[facts.storage]
            yield Value(
                label,
                sort,
                facts,
                origin=None if is_new else (origin.line, origin.name),
                is_view=not is_new and origin.geometry != geometry(part),
            )
        else:
            yield Value(label, sort, text=short(part))


def leaves(name: str, value: Any, depth: int = 3) -> Iterator[tuple[str, Any]]:
    """The parts of a value with their names; a value without any tensor is its own leaf."""
    parts = list(_parts(name, value)) if depth and not isinstance(value, Tensor) else []
    if not any(_has_tensor(part, depth - 1) for _, part in parts):
        yield name, value
        return
    for label, part in parts[:MOST_PARTS]:
        yield from leaves(label, part, depth - 1)
    if len(parts) > MOST_PARTS:
        yield f"{name}[…]", More(len(parts) - MOST_PARTS)


def short(value: Any) -> str:
    """A word or two for what is no tensor; stable, without addresses.

    >>> short((1, 2)), short(nn.ReLU()), short([nn.ReLU()])
    ('(1, 2)', 'ReLU', 'a list of 1')
    """
    if isinstance(value, torch.Size):
        value = tuple(value)
    if isinstance(value, WORDS) or _is_plain_tuple(value):
        text = repr(value)
        return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"
    if isinstance(value, nn.Module):
        return type(value).__name__
    if isinstance(value, list | tuple | dict | set):
        return f"a {type(value).__name__} of {len(value)}"
    if callable(value) and hasattr(value, "__name__"):
        return f"{value.__name__}()"
    return f"a {type(value).__name__}"


def _storage(tensor: Tensor) -> int | None:
    """The key of a storage; None for a tensor that has none (sparse, or only a wrapper)."""
    try:
        return tensor.untyped_storage()._cdata
    except (RuntimeError, NotImplementedError):
        return None


def _is_plain_tuple(value: Any) -> bool:
    return isinstance(value, tuple) and all(
        isinstance(part, WORDS) or _is_plain_tuple(part) for part in value
    )


def _parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from ((f"{name}[{key!r}]", part) for key, part in value.items())
    elif isinstance(value, list | tuple):
        labels = getattr(value, "_fields", None)
        for at, part in enumerate(value):
            yield (f"{name}.{labels[at]}" if labels else f"{name}[{at}]"), part
    elif is_dataclass(value) and not isinstance(value, type):
        yield from ((f"{name}.{f.name}", getattr(value, f.name, None)) for f in fields(value))


def _has_tensor(value: Any, depth: int) -> bool:
    if isinstance(value, Tensor):
        return True
    return depth > 0 and any(_has_tensor(part, depth - 1) for _, part in _parts("", value))

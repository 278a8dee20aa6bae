"""The annotation is the check: a public function refuses what its signature does not allow.

    @checked(
        holds(lambda c, heads: c % heads == 0, "the heads divide the channels", mend="…"),
    )
    def split_heads(x: Float[Tensor, "b n c"], *, heads: Positive) -> …

Shapes, dtypes and the types of settings stand in the annotation; what it cannot say stands in one
line each, as `holds`; what would not fit into memory as `room`. An argument that only looks
different is taken: a numpy array for a tensor, a list for a pair, numpy's whole numbers. Under
`torch.compile` nothing is asked, and inside of `with fast():` only the outermost call is. Nothing
asks what the numbers in a tensor are, so a call like an earlier one (same shapes, dtypes, settings)
is known to be sound: that costs one to five microseconds, and of a whole model's door up to ten.

Files: `limits` (words for annotations), `spec` (how something is refused), `tensors` and `settings`
(what is allowed of each), `annotations` (which of them an annotation means), `rules` (what it
cannot say), `signature` (a whole call).
"""

from collections.abc import Callable
from functools import wraps
from threading import local
from typing import Any, get_type_hints

import torch

from utils.caching import forget_all
from utils.contracts.annotations import spec_of
from utils.contracts.limits import (
    FLOATS,
    AtLeast,
    Between,
    Count,
    FloatDtype,
    Natural,
    Positive,
    Share,
    Size,
)
from utils.contracts.rules import (
    Rule,
    fits_weights,
    holds,
    keeps_dtype,
    of_one_dtype,
    room,
    tells_numbers,
)
from utils.contracts.signature import Contract
from utils.contracts.spec import Refusal, Sizes
from utils.switch import is_fast

_inside = local()  # .depth: how many checked calls this thread is in, counted inside `fast` alone


def checked(*rules: Rule) -> Callable[[Callable], Callable]:
    """Hold a function to its annotation and to the rules, before it runs.

    Raises, from the decorated function: ShapeError for a tensor, ConfigError for a setting.
    """

    def decorate(function: Callable) -> Callable:
        forget_all()  # a definition has changed: nothing made by the old one may be left

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if torch.compiler.is_compiling() or torch.jit.is_tracing():
                return call.__wrapped__(*args, **kwargs)  # type: ignore[attr-defined]
            if not is_fast():
                args, kwargs = call.contract(args, kwargs)  # type: ignore[attr-defined]
                return call.__wrapped__(*args, **kwargs)  # type: ignore[attr-defined]
            depth = getattr(_inside, "depth", 0)
            if not depth:
                args, kwargs = call.contract(args, kwargs)  # type: ignore[attr-defined]
            _inside.depth = depth + 1
            try:
                return call.__wrapped__(*args, **kwargs)  # type: ignore[attr-defined]
            finally:
                _inside.depth = depth

        call.contract = Contract(function, rules)  # type: ignore[attr-defined]
        return call

    return decorate


def check_fields(settings: object, *rules: Rule) -> None:
    """Hold a dataclass of settings to the annotations of its fields and to rules, where it is made.

    Raises: ConfigError for the first field that does not fit.
    """
    hints = get_type_hints(type(settings), include_extras=True)
    for name, hint in hints.items():
        spec = spec_of(hint, default=getattr(type(settings), name, None))
        if spec is None or not hasattr(settings, name):
            continue
        try:
            value = spec.take(getattr(settings, name), name, Sizes())
        except Refusal as refusal:
            raise refusal.error() from None
        object.__setattr__(settings, name, value)  # a list became a tuple; frozen ones too
    for rule in rules:
        rule(vars(settings))


__all__ = [
    "FLOATS",
    "AtLeast",
    "Between",
    "Contract",
    "Count",
    "FloatDtype",
    "Natural",
    "Positive",
    "Rule",
    "Share",
    "Size",
    "check_fields",
    "checked",
    "fits_weights",
    "holds",
    "keeps_dtype",
    "of_one_dtype",
    "room",
    "tells_numbers",
]

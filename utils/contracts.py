"""The annotation is the check: a public function refuses what its signature does not allow.

    @checked(
        holds(lambda c, heads: c % heads == 0, "the heads divide the channels", mend="…"),
    )
    def split_heads(x: Float[Tensor, "b n c"], *, heads: Positive) -> …

Shapes, dtypes and the types of settings stand in the annotation; what it cannot say stands in one
line each, as `holds`; what would not fit into memory as `room`. An argument that only looks
different is taken: a numpy array for a tensor, a list for a pair, numpy's whole numbers. Under
`torch.compile` nothing is asked, and inside of `with fast():` only the outermost call is.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from threading import local
from typing import Annotated, Any, get_type_hints

import torch

from utils.annotations import AtLeast, Between, Refusal, Sizes, Spec, spec_of
from utils.caching import forget_all
from utils.errors import ConfigError, CourseError, ShapeError
from utils.switch import is_fast

Natural = Annotated[int, AtLeast(0)]
Positive = Annotated[int, AtLeast(1)]
Size = tuple[Positive, Positive]  # (height, width)
Share = Annotated[float, Between(0.0, 1.0)]

MOST_BYTES = 2 * 2**30  # what one tensor of a plain form may take
Rule = Callable[[Mapping[str, Any]], None]

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


def holds(
    rule: Callable[..., bool], allowed: str, *, mend: str | Callable[..., str], of: str = "tensor"
) -> Rule:
    """One thing that an annotation cannot say.

    `rule` names what it asks about: axes of the annotated tensors, settings, or arguments, each by
    its name. `mend` is a text, or a function of the same kind that makes one. `of` is "tensor" or
    "setting" and chooses between ShapeError and ConfigError.
    """
    asked = list(inspect.signature(rule).parameters)

    def ask(known: Mapping[str, Any]) -> None:
        given = {name: known[name] for name in asked if name in known}
        if len(given) < len(asked) or rule(**given):  # an argument left out is not asked about
            return
        shown = {name: value for name, value in given.items() if name != "self"}
        came = ", ".join(f"{name} = {_short(value)}" for name, value in shown.items())
        text = mend if isinstance(mend, str) else mend(**_named(mend, known))
        error = ShapeError if of == "tensor" else ConfigError
        raise error(f"{came} came", allowed=allowed, mend=text)

    return ask


def room(count: Callable[..., int], what: str, *, fast: bool = False) -> Rule:
    """Refuse, before the work, what would need more than `MOST_BYTES` for one tensor.

    `count` gives the number of its float32 values from axes and settings, as in `holds`. With
    `fast` there is a fast form that does without that tensor; inside of `fast()` all is allowed.
    """
    mend = "`with fast():` (from utils.fast import fast) does without it" if fast else ""

    def ask(known: Mapping[str, Any]) -> None:
        if fast and is_fast():
            return
        need = 4 * count(**_named(count, known))
        if need > MOST_BYTES:
            raise ShapeError(
                f"a call came that needs {need / 2**30:,.1f} GB for {what}",
                allowed=f"one tensor may take {MOST_BYTES / 2**30:.0f} GB",
                mend=mend or "take a smaller map or window",
            )

    return ask


class Contract:
    """What a signature allows; calling it gives the arguments, converted where they need to be."""

    def __init__(self, function: Callable, rules: tuple[Rule, ...]) -> None:
        self.function, self.rules = function, rules
        self.specs: dict[str, Spec] | None = None  # read at the first call
        self.order: list[str] = []
        self.defaults: dict[str, Any] = {}
        self.asks: bool = bool(rules)

    def __call__(self, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        if self.specs is None:
            self._read()
        assert self.specs is not None, "read just now"
        if len(args) > len(self.order) or not self.asks:
            return args, kwargs  # Python's own words for too many arguments
        sizes, named = Sizes(), list(args)
        for place, value in enumerate(args):
            named[place] = self._take(self.order[place], value, sizes)
        kept = {name: self._take(name, value, sizes) for name, value in kwargs.items()}
        if self.rules:
            given = dict(zip(self.order, named, strict=False))
            known = {**sizes.axes, **self.defaults, **given, **kept}
            for rule in self.rules:
                rule(known)
        return tuple(named), kept

    def _take(self, name: str, value: Any, sizes: Sizes) -> Any:
        assert self.specs is not None, "read before"
        spec = self.specs.get(name)
        if spec is None:
            return value
        try:
            return spec.take(value, name, sizes)
        except Refusal as refusal:
            raise refusal.error() from None

    def _read(self) -> None:
        signature = inspect.signature(self.function)
        hints = get_type_hints(self.function, include_extras=True)
        several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        self.order = [
            name
            for name, p in signature.parameters.items()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
        self.defaults = {
            name: p.default
            for name, p in signature.parameters.items()
            if p.default is not inspect.Parameter.empty
        }
        specs = {
            name: spec_of(hints[name], default=self.defaults.get(name))
            for name, p in signature.parameters.items()
            if name in hints and p.kind not in several
        }
        self.specs = {name: spec for name, spec in specs.items() if spec is not None}
        self.asks = bool(self.specs or self.rules)


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


def _named(function: Callable, known: Mapping[str, Any]) -> dict[str, Any]:
    return {name: known[name] for name in inspect.signature(function).parameters}


def _short(value: Any) -> str:
    if isinstance(value, list | tuple) and any(isinstance(one, torch.Tensor) for one in value):
        return f"a list of {len(value)}"
    return str(tuple(value.shape)) if isinstance(value, torch.Tensor) else repr(value)[:80]


__all__ = [
    "AtLeast",
    "Between",
    "CourseError",
    "Natural",
    "Positive",
    "Share",
    "Size",
    "check_fields",
    "checked",
    "holds",
    "room",
]

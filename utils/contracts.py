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
is known to be sound: that costs some microseconds.
"""

import inspect
from collections.abc import Callable, Hashable, Mapping
from functools import wraps
from threading import local
from typing import Annotated, Any, get_type_hints

import torch
from torch._subclasses.fake_tensor import is_fake

from utils.annotations import (
    FLOATS,
    AtLeast,
    Between,
    Floating,
    Refusal,
    Sizes,
    Spec,
    key_of,
    spec_of,
)
from utils.caching import forget_all
from utils.errors import ConfigError, CourseError, ShapeError
from utils.switch import is_fast, would_be_fast

Natural = Annotated[int, AtLeast(0)]
Positive = Annotated[int, AtLeast(1)]
Size = tuple[Positive, Positive]  # (height, width)
Share = Annotated[float, Between(0.0, 1.0)]
Count = Annotated[int, Between(1, 16_384)]  # of channels, blocks, heads: beyond it nothing fits
FloatDtype = Annotated[torch.dtype, Floating()]

MOST_BYTES = 2 * 2**30  # what one tensor of a plain form may take
MOST_SEEN = 512  # kinds of calls that one function remembers to have found sound
Rule = Callable[[Mapping[str, Any]], None]

FAST = "(fast)"  # in what a rule knows: whether a fast form would run, as a function
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
    rule: Callable[..., bool],
    allowed: str | Callable[..., str],
    *,
    mend: str | Callable[..., str],
    came: Callable[..., str] | None = None,
    of: str = "tensor",
) -> Rule:
    """One thing that an annotation cannot say.

    `rule` names what it asks about: axes of the annotated tensors, settings, or arguments, each by
    its name (of a tensor: its shape and dtype, never its numbers). `allowed` and `mend` are texts,
    or functions of the same kind that make one; so is `came`, which else lists what was asked
    about. `of` is "tensor" or "setting" and chooses between ShapeError and ConfigError.
    """
    asked = list(inspect.signature(rule).parameters)

    def ask(known: Mapping[str, Any]) -> None:
        given = {name: known[name] for name in asked if name in known}
        if len(given) < len(asked) or rule(**given):  # an argument left out is not asked about
            return
        shown = {name: value for name, value in given.items() if name != "self"}
        listed = ", ".join(f"{name} = {_short(value)}" for name, value in shown.items())
        error = ShapeError if of == "tensor" else ConfigError
        raise error(
            _text(came, known) if came else f"{listed} came",
            allowed=_text(allowed, known),
            mend=_text(mend, known),
        )

    ask.asked = frozenset(asked)  # type: ignore[attr-defined] # see Contract._read
    return ask


def room(count: Callable[..., int], what: str, *, fast: bool = False) -> Rule:
    """Refuse, before the work, what would need more than `MOST_BYTES` for one tensor.

    `count` gives the number of its float32 values from axes and settings, as in `holds`. With
    `fast` there is a fast form that does without that tensor; inside of `fast()` all is allowed.
    """
    mend = "`with fast():` (from utils.fast import fast) does without it" if fast else ""
    asked = list(inspect.signature(count).parameters)

    def ask(known: Mapping[str, Any]) -> None:
        if fast and is_fast() and known[FAST]():
            return
        need = 4 * count(**{name: known[name] for name in asked})
        if need > MOST_BYTES:
            size = f"{need / 2**30:,.1f}" if need < 2**50 else "more than a million"
            raise ShapeError(
                f"a call came that needs {size} GB for {what}",
                allowed=f"one tensor may take {MOST_BYTES / 2**30:.0f} GB",
                mend=mend or "take a smaller map or window",
            )

    ask.asked = frozenset(asked)  # type: ignore[attr-defined]
    ask.minds_fast = fast  # type: ignore[attr-defined]
    return ask


def of_one_dtype(*names: str) -> Rule:
    """The named tensors have one dtype; under autocast torch brings them to one itself."""

    def ask(known: Mapping[str, Any]) -> None:
        given = {name: known[name] for name in names if isinstance(known[name], torch.Tensor)}
        first = next(iter(given.values()))
        if all(x.dtype == first.dtype for x in given.values()):
            return
        if keeps_dtype(first):
            dtypes = ", ".join(f"{name} of {str(x.dtype)[6:]}" for name, x in given.items())
            raise ShapeError(
                f"{dtypes} came",
                allowed="all of them have one dtype",
                mend=f".to({first.dtype}) brings the others to that of {names[0]}",
            )

    return ask


def fits_weights(name: str) -> Rule:
    """For a module's forward: the named tensor has its weights' device, and dtype.

    Under autocast torch brings both to one dtype itself.
    """

    def ask(known: Mapping[str, Any]) -> None:
        module, x = known["self"], known[name]
        weight = next(module.parameters(), x)
        if x.device != weight.device:
            raise ShapeError(
                f"{name} came on {x.device}, the {type(module).__name__} stands on {weight.device}",
                allowed="both stand on one device",
                mend=f"{name}.to({str(weight.device)!r}) moves it",
            )
        if x.dtype != weight.dtype and keeps_dtype(x):
            raise ShapeError(
                f"{name} of dtype {str(x.dtype)[6:]} came",
                allowed=f"the weights of this {type(module).__name__} are {str(weight.dtype)[6:]}",
                mend=f"{name}.to({weight.dtype}) makes it so",
            )

    return ask


class Contract:
    """What a signature allows; calling it gives the arguments, converted where they need to be."""

    def __init__(self, function: Callable, rules: tuple[Rule, ...]) -> None:
        self.function, self.rules = function, rules
        self.specs: dict[str, Spec] | None = None  # read at the first call
        self.order: list[str] = []
        self.defaults: dict[str, Any] = {}
        self.names: frozenset[str] = frozenset()
        self.required: frozenset[str] = frozenset()
        self.skipped: frozenset[str] = frozenset()  # arguments that nothing is asked about
        self.steady = self.steady_when_fast = False
        self.seen: set[Hashable] = set()

    def __call__(self, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        if self.specs is None:
            self._read()
        if len(args) > len(self.order):
            return args, kwargs  # Python's own words for too many arguments
        key = self._key(args, kwargs)
        if key is not None and key in self.seen:
            return args, kwargs
        asked, kept = self._ask(args, kwargs)
        same = all(a is b for a, b in zip(args, asked, strict=True)) and all(
            kept[name] is value for name, value in kwargs.items()
        )
        if key is not None and same:
            if len(self.seen) >= MOST_SEEN:
                self.seen.clear()
            self.seen.add(key)
        return asked, kept

    def _ask(self, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        sizes, named = Sizes(), list(args)
        for place, value in enumerate(args):
            named[place] = self._take(self.order[place], value, sizes)
        kept = {name: self._take(name, value, sizes) for name, value in kwargs.items()}
        given = dict(zip(self.order, named, strict=False))
        # Where an argument is missing or unknown, Python's own words come from the call itself.
        if self.rules and self.required <= {*given, *kept} <= self.names:
            known = {**sizes.axes, **self.defaults, **given, **kept}
            known[FAST] = lambda: would_be_fast(self.function, args)
            for rule in self.rules:
                rule(known)
        return tuple(named), kept

    def _key(self, args: tuple, kwargs: dict[str, Any]) -> Hashable | None:
        """What the answer depends on; None where that cannot be said."""
        if not (self.steady_when_fast if is_fast() else self.steady):
            return None
        skipped = self.skipped
        parts: list[Hashable] = []
        for place, value in enumerate(args):
            if self.order[place] not in skipped:
                key = key_of(value)
                if key is None:
                    return None
                parts.append(key)
        for name, value in kwargs.items():
            if name not in skipped:
                key = key_of(value)
                if key is None:
                    return None
                parts.append((name, key))
        return tuple(parts)

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
        self.names = frozenset(signature.parameters)
        self.required = frozenset(
            name
            for name, p in signature.parameters.items()
            if name not in self.defaults and p.kind not in several
        )
        specs = {
            name: spec_of(hints[name], default=self.defaults.get(name))
            for name, p in signature.parameters.items()
            if name in hints and p.kind not in several
        }
        self.specs = {name: spec for name, spec in specs.items() if spec is not None}
        # A rule of another make may look at anything: then every call is asked anew.
        self.steady = all(hasattr(rule, "asked") for rule in self.rules)
        self.steady_when_fast = self.steady and not any(
            getattr(rule, "minds_fast", False) for rule in self.rules
        )
        asked = {name for rule in self.rules for name in getattr(rule, "asked", ())}
        self.skipped = self.names - asked - set(self.specs)


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


def tells_numbers(x: torch.Tensor) -> bool:
    """Whether a tensor's values can be read here and now."""
    wrapped = torch._C._functorch.is_functorch_wrapped_tensor(x)
    return not (x.is_meta or wrapped or is_fake(x) or x.numel() == 0)


def keeps_dtype(x: torch.Tensor) -> bool:
    """Whether torch takes the tensor in its own dtype, not brought to another by autocast."""
    return not torch.is_autocast_enabled(x.device.type)


def _text(text: str | Callable[..., str], known: Mapping[str, Any]) -> str:
    return text if isinstance(text, str) else text(**_named(text, known))


def _named(function: Callable, known: Mapping[str, Any]) -> dict[str, Any]:
    return {name: known[name] for name in inspect.signature(function).parameters}


def _short(value: Any) -> str:
    if isinstance(value, list | tuple) and any(isinstance(one, torch.Tensor) for one in value):
        return f"a list of {len(value)}"
    return str(tuple(value.shape)) if isinstance(value, torch.Tensor) else repr(value)[:80]


__all__ = [
    "FLOATS",
    "AtLeast",
    "Between",
    "Count",
    "CourseError",
    "FloatDtype",
    "Natural",
    "Positive",
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

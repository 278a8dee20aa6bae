"""What a whole signature allows, read once; a call like an earlier one is known to be sound."""

import inspect
from collections.abc import Callable, Hashable
from typing import Any, get_type_hints

from utils.contracts.annotations import key_of, spec_of
from utils.contracts.rules import FAST, Rule
from utils.contracts.spec import Refusal, Sizes, Spec
from utils.switch import is_fast, would_be_fast

MOST_SEEN = 512  # kinds of calls that one function remembers to have found sound
SEVERAL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Contract:
    """What a signature allows; calling it gives the arguments, converted where they need to be."""

    def __init__(self, function: Callable, rules: tuple[Rule, ...]) -> None:
        self.function, self.rules = function, rules
        self.specs: dict[str, Spec] | None = None  # read at the first call
        self.order: list[str] = []
        self.defaults: dict[str, Any] = {}
        self.names: frozenset[str] = frozenset()
        self.required: frozenset[str] = frozenset()
        self.live: tuple[Rule, ...] = ()  # asked at every call: they look at more than a kind
        self.keyed: frozenset[str] = frozenset()  # arguments of which something is asked
        self.minds_fast = False
        self.seen: dict[Hashable, dict[str, Any]] = {}  # kind of a call -> its axes

    def __call__(self, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        if self.specs is None:
            self._read()
        if len(args) > len(self.order):
            return args, kwargs  # Python's own words for too many arguments
        key = self._key(args, kwargs)
        axes = None if key is None else self.seen.get(key)
        if axes is None:
            return self._ask(args, kwargs, key)
        if self.live:
            known = {**axes, **self.defaults, **dict(zip(self.order, args, strict=False)), **kwargs}
            for rule in self.live:
                rule(known)
        return args, kwargs

    def _ask(
        self, args: tuple, kwargs: dict[str, Any], key: Hashable | None
    ) -> tuple[tuple, dict[str, Any]]:
        """Look at every argument, and at every rule."""
        sizes, named = Sizes(), list(args)
        for place, value in enumerate(args):
            named[place] = self._take(self.order[place], value, sizes)
        kept = {name: self._take(name, value, sizes) for name, value in kwargs.items()}
        given = dict(zip(self.order, named, strict=False))
        # Where an argument is missing or unknown, Python's own words come from the call itself.
        if not self.required <= {*given, *kept} <= self.names:
            return tuple(named), kept
        known = {**sizes.axes, **self.defaults, **given, **kept}
        known[FAST] = lambda: would_be_fast(self.function, args)
        for rule in self.rules:
            rule(known)
        same = all(a is b for a, b in zip(args, named, strict=True)) and all(
            kept[name] is value for name, value in kwargs.items()
        )
        if key is not None and same:
            if len(self.seen) >= MOST_SEEN:
                self.seen.clear()
            self.seen[key] = sizes.axes
        return tuple(named), kept

    def _key(self, args: tuple, kwargs: dict[str, Any]) -> Hashable | None:
        """The kind of a call: what the answer depends on; None where that cannot be said."""
        if self.minds_fast and is_fast():
            return None
        keyed = self.keyed
        parts: list[Hashable] = []
        for name, value in zip(self.order, args, strict=False):
            if name in keyed:
                key = key_of(value)
                if key is None:
                    return None
                parts.append(key)
        for name, value in kwargs.items():
            if name in keyed:
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
        parameters = inspect.signature(self.function).parameters
        hints = get_type_hints(self.function, include_extras=True)
        single = {name: p for name, p in parameters.items() if p.kind not in SEVERAL}
        self.order = [name for name, p in single.items() if p.kind != p.KEYWORD_ONLY]
        self.defaults = {n: p.default for n, p in single.items() if p.default is not p.empty}
        self.names = frozenset(parameters)
        self.required = frozenset(name for name in single if name not in self.defaults)
        # A rule that asks about the module itself, or that is of another make, may see another
        # answer each time; all others are settled by the shapes, dtypes and settings of a call.
        live = [rule for rule in self.rules if "self" in getattr(rule, "asked", {"self"})]
        settled = [rule for rule in self.rules if rule not in live]
        asked = {name for rule in settled for name in getattr(rule, "asked", ())}
        self.live = tuple(live)
        self.minds_fast = any(getattr(rule, "minds_fast", False) for rule in settled)
        specs = {
            name: spec_of(hints[name], default=self.defaults.get(name))
            for name in single
            if name in hints
        }
        self.specs = {name: spec for name, spec in specs.items() if spec is not None}
        self.keyed = self.names & (asked | set(self.specs))

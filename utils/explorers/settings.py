"""The settings of a view, declared once: default, label and range of every control.

The widget's traits, the controls in the browser, the checks and the sweep of the tests all come
from the dataclass that a room's `compute.py` declares with these three functions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, TypeVar

from utils.errors import ConfigError

S = TypeVar("S")


@dataclass(frozen=True)
class Control:
    """How a setting is shown, and every value that it may take."""

    kind: Literal["slider", "choice", "point"]
    label: str
    values: tuple[Any, ...]
    names: tuple[str, ...] = ()  # what a choice shows for each value
    reads: "Reads | None" = None  # how a slider's value is written


@dataclass(frozen=True)
class Reads:
    """How the whole number of a slider is written: `before`, the number, `after`.

    The number is the value times `factor`, or, where there is a `power`, the power to the value.
    """

    before: str = ""
    after: str = ""
    factor: float = 1.0
    power: int = 0
    digits: int = 0


def slider(
    label: str, default: int, *, low: int, high: int, reads: Reads | str | None = None
) -> Any:
    """A whole number from `low` to `high`; `reads` is its unit, or more on how it is written."""
    written = Reads(after=reads) if isinstance(reads, str) else reads
    values = tuple(range(low, high + 1))
    return _setting(Control("slider", label, values, reads=written), default)


def choice(label: str, default: Any, options: Mapping[Any, str]) -> Any:
    """One of a few values, each with the words that the button shows."""
    control = Control("choice", label, tuple(options), tuple(options.values()))
    return _setting(control, default)


def point(label: str, default: tuple[int, int], *, size: tuple[int, int]) -> Any:
    """A cell (row, column) of a map: picked on the picture itself, by pointer or arrow keys."""
    rows, columns = size
    cells = tuple((row, column) for row in range(rows) for column in range(columns))
    return _setting(Control("point", label, cells), default)


def cell_at(
    place: tuple[int, int], *, size: tuple[int, int], lattice: tuple[int, int]
) -> tuple[int, int]:
    """The cell of a map of this size that lies under the middle of a place of the lattice.

    >>> cell_at((7, 15), size=(8, 4), lattice=(16, 16))
    (3, 3)
    """
    row, column = (
        int((at + 0.5) * side / places)
        for at, side, places in zip(place, size, lattice, strict=True)
    )
    return row, column


def controls_of(settings: Any) -> dict[str, Control]:
    """Name -> control of a settings dataclass, or of one of its instances."""
    return {f.name: f.metadata["control"] for f in fields(settings)}


def check_settings(settings: Any) -> None:
    """Refuse a value that its control cannot show."""
    for name, control in controls_of(settings).items():
        value = getattr(settings, name)
        if not _is_among(value, control.values):
            raise ConfigError(
                f"{name} {_words(value)} came",
                allowed=f"{name} is {_range(control)}",
                mend=f"pass {name}={_words(_default(settings, name))}",
            )


def _is_among(value: Any, values: tuple) -> bool:
    try:
        return bool(value in values)
    except (TypeError, ValueError, RuntimeError):  # an array is never one value
        return False


def sweep_of(settings: type[S]) -> Iterator[S]:
    """Every control over its whole range, the others at their defaults."""
    start = settings()
    yield start
    for name, control in controls_of(settings).items():
        for value in control.values:
            if value != getattr(start, name):
                yield replace(start, **{name: value})  # type: ignore[type-var]


def _setting(control: Control, default: Any) -> Any:
    return field(default=default, metadata={"control": control})


def _range(control: Control) -> str:
    first, last = control.values[0], control.values[-1]
    if control.kind == "choice":
        return f"one of {', '.join(_words(value) for value in control.values)}"
    if control.kind == "slider":
        return f"a whole number from {first} to {last}"
    return f"a (row, column) from (0, 0) to {_words(last)}"


def _default(settings: Any, name: str) -> Any:
    return next(f.default for f in fields(settings) if f.name == name)


def _words(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"({', '.join(str(part) for part in value)})"
    return str(value)

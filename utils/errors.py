"""Errors in three parts: what came, what is allowed, how to mend it."""

from types import NoneType, UnionType
from typing import Any, ClassVar, Union, get_args, get_origin, get_type_hints

PLAIN = (bool, int, float, str, NoneType)
WORDS = {"bool": "True or False", "int": "a whole number", "float": "a number", "str": "text"}


class CourseError(ValueError):
    """An error text of three parts, `came: allowed; mend`.

    >>> str(CourseError("a window of size 0 came", allowed="sizes are at least 1", mend="pass 7"))
    'a window of size 0 came: sizes are at least 1; pass 7'
    """

    def __init__(self, came: str, *, allowed: str, mend: str) -> None:
        super().__init__(f"{came}: {allowed}; {mend}")
        self.came, self.allowed, self.mend = came, allowed, mend

    def __reduce__(self):
        # Keyword-only parts do not survive the default pickling, which worker processes rely on.
        return _rebuild, (type(self), self.came, self.allowed, self.mend)


class ShapeError(CourseError):
    """A tensor has a size, rank or dtype that the operation cannot take."""


class ConfigError(CourseError):
    """A setting, or a combination of settings, makes no sense."""


class CheckpointError(CourseError):
    """A weight file is damaged, unsafe, or belongs to another model."""


def check_types(settings: object) -> None:
    """Refuse settings whose values are not of the plain types that their class states.

    Whole numbers stand for any number, but truth values and text stand for none.
    Raises: ConfigError, for the first such setting.
    """
    for name, stated in get_type_hints(type(settings)).items():
        value = getattr(settings, name)
        if get_origin(stated) is not ClassVar and not _is_of(value, stated):
            words = getattr(stated, "__name__", str(stated)) if stated in PLAIN else str(stated)
            raise ConfigError(
                f"{name}={value!r} came",
                allowed=f"{name} is {WORDS.get(words, words)}",
                mend=_default(settings, name),
            )


def _default(settings: object, name: str) -> str:
    missing = object()
    value = getattr(type(settings), name, missing)
    return "pass one" if value is missing else f"the default is {value!r}"


def _is_of(value: object, stated: Any) -> bool:
    """Whether a value fits a stated plain type; what is not plain fits."""
    origin, inner = get_origin(stated), get_args(stated)
    if origin in (Union, UnionType):
        return any(_is_of(value, one) for one in inner)
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        if len(inner) == 2 and inner[1] is Ellipsis:
            return all(_is_of(entry, inner[0]) for entry in value)
        return len(value) == len(inner) and all(map(_is_of, value, inner))
    if stated is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if stated is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return not (stated in PLAIN and not isinstance(value, stated))


def check_at_least_one(settings: object, *names: str) -> None:
    """Refuse settings in which one of the named numbers is below 1; the default is the remedy.

    Raises: ConfigError, for the first such number.
    """
    for name in names:
        value = getattr(settings, name)
        if value < 1:
            raise ConfigError(
                f"{name}={value} came",
                allowed=f"{name} is at least 1",
                mend=_default(settings, name),
            )


def _rebuild(kind: type[CourseError], came: str, allowed: str, mend: str) -> CourseError:
    return kind(came, allowed=allowed, mend=mend)

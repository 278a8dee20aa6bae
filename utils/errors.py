"""Errors in three parts: what came, what is allowed, how to mend it."""

LONGEST = 800  # characters of one part


class CourseError(ValueError):
    """An error text of three parts, `came: allowed; mend`.

    >>> str(CourseError("a window of size 0 came", allowed="sizes are at least 1", mend="pass 7"))
    'a window of size 0 came: sizes are at least 1; pass 7'
    """

    def __init__(self, came: str, *, allowed: str, mend: str) -> None:
        super().__init__(": ".join((_short(came), f"{_short(allowed)}; {_short(mend)}")))
        self.came, self.allowed, self.mend = came, allowed, mend

    def __reduce__(self):
        # Keyword-only parts do not survive the default pickling, which worker processes rely on.
        return _rebuild, (type(self), self.came, self.allowed, self.mend)


def _short(part: str) -> str:
    """One part of a sentence, cut where somebody's values have made it a page."""
    return part if len(part) <= LONGEST else f"{part[:LONGEST]}…"


class ShapeError(CourseError):
    """A tensor has a size, rank or dtype that the operation cannot take."""


class ConfigError(CourseError):
    """A setting, or a combination of settings, makes no sense."""


class CheckpointError(CourseError):
    """A weight file is damaged, unsafe, or belongs to another model."""


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


def _default(settings: object, name: str) -> str:
    value = getattr(type(settings), name, None)
    return "pass one" if value is None else f"the default is {value}"


def _rebuild(kind: type[CourseError], came: str, allowed: str, mend: str) -> CourseError:
    return kind(came, allowed=allowed, mend=mend)

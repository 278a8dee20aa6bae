"""What may stand for the path of a file."""

from pathlib import Path

from utils.errors import ConfigError


def as_path(path: object) -> Path:
    """The path, where it is one.

    Raises: ConfigError for anything but text or a Path, and for text that no name can hold.
    """
    if isinstance(path, str | Path) and "\0" not in str(path) and str(path):
        return Path(path)
    raise ConfigError(
        f"{str(path)[:40]!r} of type {type(path).__name__} came for a path",
        allowed="a path is text or a pathlib.Path",
        mend='write it in quotes, as in "pictures/a.png"',
    )

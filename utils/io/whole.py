"""Files that are written whole or not at all.

The new file grows beside its place under another name and takes the place in one step, so that a
full disk, a crash or a lost connection leaves the old file, or none, but never half a file.
"""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from utils.errors import ConfigError


@contextlib.contextmanager
def whole_file(path: str | Path) -> Iterator[BinaryIO]:
    """A file to write bytes to; it appears at `path` when the block ends well.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "letter.txt"
    >>> with whole_file(place) as file:
    ...     _ = file.write(b"hello")
    ...     place.exists()
    False
    >>> place.read_bytes()
    b'hello'
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise ConfigError(
            f"the file {path.name!r} came for a folder that does not exist",
            allowed="files are written into folders that are there",
            mend=f"make the folder {path.parent.name!r} first",
        )
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.chmod(_usual_mode(path))
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _usual_mode(path: Path) -> int:
    """The rights that the file has, or that a new file would get (temporary files are private)."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write bytes whole or not at all."""
    with whole_file(path) as file:
        file.write(content)


def write_text(path: str | Path, content: str) -> None:
    """Write text as UTF-8 with plain line ends, whole or not at all."""
    write_bytes(path, content.encode())


def write_json(path: str | Path, content: Any) -> None:
    """Write JSON that a person can read, whole or not at all; NaN is refused.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "card.json"
    >>> write_json(place, {"steps": 3})
    >>> json.loads(place.read_text())
    {'steps': 3}
    """
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")

"""Files that are written whole or not at all.

The new file grows beside its place under another name and takes the place in one step, so that a
full disk, a crash or a lost connection leaves the old file, or none, but never half a file. What a
killed process leaves beside it is taken over by the next one that writes there.
"""

import contextlib
import json
import os
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from utils.errors import ConfigError
from utils.io.lock import hold, is_at
from utils.io.paths import as_path

LONGEST_NAME = 200  # bytes; file systems end at 255, and the part has a little more


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
    path = as_path(path)
    if not path.parent.is_dir():
        raise ConfigError(
            f"the file {path.name!r} came for a folder that does not exist",
            allowed="files are written into folders that are there",
            mend=f"make the folder {path.parent.name!r} first",
        )
    handle, part = _part_beside(path)
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


def _part_beside(path: Path) -> tuple[int, Path]:
    """The file that grows: `.NAME.part`, left by a killed process or new.

    Where a process that lives is writing it, one with a name of its own.
    """
    name = (
        path.name
        if len(path.name.encode()) < LONGEST_NAME
        else f"{zlib.crc32(path.name.encode()):x}"
    )
    part = path.parent / f".{name}.part"
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with contextlib.suppress(OSError):
        if os.name == "nt":  # there a file that is being written cannot be taken away
            part.unlink(missing_ok=True)
            return os.open(part, flags | os.O_EXCL, 0o600), part
        for _ in range(3):  # its writer may just have finished
            handle = os.open(part, flags, 0o600)
            if hold(handle) and is_at(handle, part):
                os.truncate(handle, 0)
                return handle, part
            os.close(handle)
    handle, own = tempfile.mkstemp(dir=path.parent, prefix=f".{name}.", suffix=".part")
    return handle, Path(own)


def _usual_mode(path: Path) -> int:
    """The rights that the file has, or that a new file would get (temporary files are private)."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def write_bytes(path: str | Path, content: Any) -> None:
    """Write bytes whole or not at all."""
    if not isinstance(content, bytes | bytearray | memoryview):
        raise ConfigError(
            f"a {type(content).__name__} came for {as_path(path).name!r}",
            allowed="files are written from bytes",
            mend="write text with write_text, other values with write_json",
        )
    with whole_file(path) as file:
        file.write(content)


def write_text(path: str | Path, content: Any) -> None:
    """Write text as UTF-8 with plain line ends, whole or not at all."""
    if not isinstance(content, str):
        raise ConfigError(
            f"a {type(content).__name__} came for {as_path(path).name!r}",
            allowed="the content is text",
            mend="write other values with write_json, or str(content)",
        )
    write_bytes(path, content.encode())


def write_json(path: str | Path, content: Any) -> None:
    """Write JSON that a person can read, whole or not at all; NaN is refused.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "card.json"
    >>> write_json(place, {"steps": 3})
    >>> json.loads(place.read_text())
    {'steps': 3}
    """
    try:
        text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(
            f"what JSON cannot hold came for {as_path(path).name!r} ({error})",
            allowed="plain numbers that are finite, text, lists and dicts",
            mend="convert tensors with tolist(), and leave NaN out",
        ) from error
    write_text(path, text + "\n")

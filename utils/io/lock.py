"""One writer at a time: locks of the operating system, which end with their process."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from utils.errors import ConfigError
from utils.io.paths import as_path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]
    import msvcrt


def hold(file: BinaryIO | int) -> bool:
    """Lock an open file for this process; False where another one holds it.

    Where the file system knows no locks, everybody holds them.
    """
    handle = file if isinstance(file, int) else file.fileno()
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True


@contextlib.contextmanager
def only_writer(output: str | Path) -> Iterator[None]:
    """The only run that writes this file or folder, as long as the block lasts.

    The lock lies beside the output, `.NAME.lock`, and is gone afterwards, also where the run was
    killed and the next one ends.
    Raises: ConfigError where another run writes it.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "out"
    >>> with only_writer(place):
    ...     with only_writer(place):
    ...         pass
    Traceback (most recent call last):
    utils.errors.ConfigError: another run is writing 'out': one run writes one output; wait until \
it is done, or name another output
    """
    path = as_path(output).resolve()
    lock = path.parent / f".{path.name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = _take(lock)
    if handle is None:
        raise ConfigError(
            f"another run is writing {path.name!r}",
            allowed="one run writes one output",
            mend="wait until it is done, or name another output",
        )
    try:
        yield
    finally:
        if fcntl is not None:  # while it is held, so that nobody else's is taken away
            lock.unlink(missing_ok=True)
        os.close(handle)
        if fcntl is None:
            with contextlib.suppress(OSError):
                lock.unlink(missing_ok=True)


def _take(lock: Path) -> int | None:
    """An open handle that holds the lock's file as it lies there now; None where it is held."""
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        if not hold(handle):
            os.close(handle)
            return None
        if is_at(handle, lock):
            return handle
        os.close(handle)  # its holder took it away in between


def is_at(handle: int, path: Path) -> bool:
    """Whether the open file is the one that lies at this path."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False

"""One start at a time changes an installation. Standard library only.

The lock is the operating system's own, on a file that stays: it goes with the process that holds
it, however that ends, so that a dead one never blocks. On Linux and macOS the children that install
hold it too, and a start that follows a killed one waits until they have ended as well.
"""

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

from utils.cli.install.place import say

PAUSE = 0.2  # seconds between two looks
HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[int]:
    """Hold the lock; gives its file descriptor, for children to hold it as well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if not _taken(handle):
            say(f"another start is installing into {path.parent}: waiting until it is done")
            while not _taken(handle):
                time.sleep(PAUSE)
        yield handle
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Some network disks know no locks. All that is built there is still built beside.
        return error.errno not in HELD
    return True

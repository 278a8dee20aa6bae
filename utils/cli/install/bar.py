"""One line that shows how far pip is, instead of its hundreds. Standard library only."""

import os
import re
import shutil
import sys
import time
from pathlib import Path

SECONDS_PER_LINE = 30  # where nothing can be overwritten: a file, a pipe
CELLS = 24


class Bar:
    """A line that is overwritten on a terminal; elsewhere a new one now and then."""

    def __init__(self) -> None:
        self.terminal = sys.stdout.isatty()
        self.started = self.shown = time.monotonic()

    def show(self, text: str) -> None:
        """Show how far it is."""
        now = time.monotonic()
        seconds = int(now - self.started)
        line = f"course: {text}  {seconds // 60}:{seconds % 60:02}"
        if self.terminal:
            width = shutil.get_terminal_size().columns - 1
            print("\r" + line[:width].ljust(width), end="", flush=True)
        elif now - self.shown > SECONDS_PER_LINE:
            self.shown = now
            print(line, flush=True)

    def end(self) -> None:
        """Leave a clean line behind."""
        if self.terminal:
            width = shutil.get_terminal_size().columns - 1
            print("\r" + " " * width, end="\r", flush=True)


def progress(log: str, site: Path, downloads: Path) -> str:
    """What pip is doing, from what it has written so far.

    >>> progress("Collecting a\\n  Downloading a-1.whl (2.0 MB)\\n", Path("x"), Path("x"))
    'finding packages: 1 so far; a-1.whl, 0.0 of 2.0 MB'
    """
    installing = re.search(r"^Installing collected packages: (.+)$", log, re.MULTILINE)
    if installing:
        names = {_plain(name) for name in installing[1].split(", ")}
        done = len(names & {_plain(name.split("-")[0]) for name in _facts(site)})
        filled = CELLS * done // len(names)
        return f"installing [{'#' * filled}{'.' * (CELLS - filled)}] {done} of {len(names)}"
    text = f"finding packages: {len(re.findall('^(?:Collecting|Processing) ', log, re.M))} so far"
    lines = log.rstrip().rsplit("\n", 1)
    loading = re.match(r"\s*Downloading (\S+) \(([\d.]+) MB\)", lines[-1])
    if loading:
        name = loading[1].rsplit("/", 1)[-1]
        text += f"; {name}, {_largest(downloads) / 1e6:.1f} of {loading[2]} MB"
    return text


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name.strip()).lower()


def _facts(site: Path) -> list[str]:
    try:
        return [name for name in os.listdir(site) if name.endswith(".dist-info")]  # noqa: PTH208
    except OSError:
        return []


def _largest(folder: Path) -> int:
    """The size of the file that grows: pip keeps all of a run in folders called pip-unpack."""
    newest, size = 0.0, 0
    for path in folder.glob("pip-unpack-*/*"):
        try:
            facts = path.stat()
        except OSError:
            continue
        if facts.st_mtime > newest:
            newest, size = facts.st_mtime, facts.st_size
    return size

"""Can this machine run the course? Each check that fails says what to do."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from utils.device import pick_device

PYTHONS = ((3, 11), (3, 14))  # from the first, before the second; pyproject.toml says the same
PACKAGES = ("torch", "numpy", "einops", "scikit-image", "matplotlib", "jupyterlab", "anywidget")
MEMORY = 2.0  # GB that the largest notebook takes, with room for the browser
DISK = 0.5  # GB
INSTALL = "in the course's folder, run: python3 course.py lab"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `mend` says what to do where it is not good."""

    name: str
    found: str
    good: bool
    mend: str = ""

    def __str__(self) -> str:
        line = f"{'ok  ' if self.good else 'LOOK'} {self.name:12} {self.found}"
        return line if self.good else f"{line}\n     → {self.mend}"


class Report:
    """All checks, one a line, and the verdict."""

    def __init__(self, checks: list[Check]) -> None:
        self.checks = checks

    @property
    def good(self) -> bool:
        """Whether nothing needs a look."""
        return all(check.good for check in self.checks)

    def __repr__(self) -> str:
        end = "Everything is ready." if self.good else "Mend what says LOOK, then run this again."
        return "\n".join([*map(str, self.checks), end])


def check_machine() -> Report:
    """Look at everything that the notebooks need."""
    return Report([_python(), *_packages(), _views(), _memory(), _disk(), _device()])


def _python() -> Check:
    found = sys.version_info[:2]
    first, last = PYTHONS
    mend = (
        f"install Python {first[0]}.{first[1]} or newer, below {last[0]}.{last[1]}; then {INSTALL}"
    )
    return Check("Python", ".".join(map(str, sys.version_info[:3])), first <= found < last, mend)


def _packages() -> Iterator[Check]:
    for name in PACKAGES:
        try:
            yield Check(name, version(name), good=True)
        except PackageNotFoundError:
            yield Check(name, "is missing", good=False, mend=INSTALL)


def _views() -> Check:
    """The browser's half of the views comes with the package, if Jupyter runs where it lies."""
    here = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / "anywidget"
    mend = "start JupyterLab from the environment that this notebook runs in; " + INSTALL
    return Check("live views", "found" if here.exists() else f"not in {here}", here.exists(), mend)


def _memory() -> Check:
    facts = Path("/proc/meminfo")  # Linux alone tells without a further package
    if not facts.exists():
        return Check("memory", f"not looked at; {MEMORY:g} GB should be free", good=True)
    lines = (line.split() for line in facts.read_text().splitlines())
    free = next(int(line[1]) for line in lines if line[0] == "MemAvailable:") / 1e6  # from kB
    mend = f"close other programs: {MEMORY:g} GB should be free"
    return Check("memory", f"{free:.1f} GB free", free >= MEMORY, mend)


def _disk() -> Check:
    free = shutil.disk_usage(Path.home() if Path.home().exists() else os.sep).free / 1e9
    return Check("disk", f"{free:.0f} GB free", free >= DISK, f"free {DISK:g} GB of disk space")


def _device() -> Check:
    device = pick_device().type
    note = "" if device != "cpu" else ": enough for every notebook"
    return Check("device", f"{device}{note}", good=True)

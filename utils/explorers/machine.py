"""Can this machine run the course? Each check that fails says what to do."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.request import Request, urlopen

from utils.device import pick_device

PYTHONS = ((3, 11), (3, 14))  # from the first, before the second; pyproject.toml says the same
PACKAGES = ("torch", "numpy", "einops", "scikit-image", "matplotlib", "jupyterlab", "anywidget")
EXTENSIONS = ("anywidget", "@jupyter-widgets/jupyterlab-manager")
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
    """The server that this notebook runs on has to know the browser's half of the views."""
    mend = "start JupyterLab from the environment that this notebook runs in; " + INSTALL
    known = server_extensions()
    if known is not None:
        missing = [name for name in EXTENSIONS if name not in known]
        found = f"the server lacks {' and '.join(missing)}" if missing else "the server has them"
        return Check("live views", found, not missing, mend)
    here = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / "anywidget"
    return Check("live views", "found" if here.exists() else f"not in {here}", here.exists(), mend)


def server_extensions() -> set[str] | None:
    """What the JupyterLab that started this kernel offers its pages; None where none did."""
    try:
        from jupyter_server.serverapp import list_running_servers
    except ImportError:
        return None
    parent = os.environ.get("JPY_PARENT_PID", "")
    server = next((s for s in list_running_servers() if str(s["pid"]) == parent), None)
    return None if server is None else _offered_by(server["url"], server["token"])


def _offered_by(url: str, token: str) -> set[str] | None:
    """The extensions in the settings of the server's page that are not switched off."""
    question = Request(f"{url}lab", headers={"Authorization": f"token {token}"})
    try:
        with urlopen(question, timeout=5) as answer:
            text = answer.read().decode()
        start = text.index("{", text.index("jupyter-config-data"))
        settings, _ = json.JSONDecoder().raw_decode(text, start)
        off = settings.get("disabledExtensions", ())
        names = {entry["name"] for entry in settings["federated_extensions"]}
    except (OSError, ValueError, KeyError):
        return None  # another program than JupyterLab, or one behind a gate
    return {name for name in names if not any(o.split(":")[0] == name for o in off)}


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

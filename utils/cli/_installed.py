"""Is everything that was installed still there? course.py asks this before every command.

Standard library only: it has to work in an environment in which everything else is broken.
"""

import csv
import os
import sys
from importlib import metadata
from pathlib import Path


def pins(path: Path) -> dict[str, str]:
    """The `name==version` lines of a requirement file."""
    lines = (line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.split("==") for line in lines if "==" in line and ";" not in line)
    return {name.strip(): version.strip() for name, version in pairs}


def first_fault(requirement_files: list[Path]) -> str | None:
    """One sentence on the first thing that is missing, or None where all is well."""
    for path in requirement_files:
        for name, version in pins(path).items():
            try:
                found = metadata.version(name).split("+")[0]
            except metadata.PackageNotFoundError:
                return f"{name} is not installed"
            if found != version:
                return f"{name} is {found} where {version} is pinned"
    for distribution in metadata.distributions():
        # Not `distribution.files`: from Python 3.12 on it leaves out what is missing.
        record = distribution.read_text("RECORD") or ""
        root = str(distribution.locate_file(""))
        for name, *_ in csv.reader(record.splitlines()):
            # os.path, not pathlib: 40,000 files are looked at before every command.
            if not name.endswith(".pyc") and not os.path.exists(os.path.join(root, name)):  # noqa: PTH110, PTH118
                return f"{name} is missing"
    return None


if __name__ == "__main__":
    fault = first_fault([Path(name) for name in sys.argv[1:]])
    if fault:
        print(f"course: the installation is damaged: {fault}", flush=True)
    sys.exit(fault is not None)

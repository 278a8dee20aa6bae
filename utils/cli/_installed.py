"""Is everything that was installed still there? course.py asks this before every command.

Standard library only: it has to work in an environment in which everything else is broken.
"""

import csv
import json
import os
import sys
import sysconfig
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

Fault = tuple[str, str]  # what pip has to install to mend it (or nothing), and the sentence


def pins(path: Path) -> dict[str, str]:
    """The `name==version` lines of a requirement file."""
    lines = (line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.split("==") for line in lines if "==" in line and ";" not in line)
    return {name.strip(): version.strip() for name, version in pairs}


def faults(requirement_files: list[Path], once: dict[str, str]) -> Iterator[Fault]:
    """Everything that is missing, damaged or left over.

    `once` holds the packages, with versions, that were there when the installation was finished.
    """
    wanted: dict[str, str] = {}
    for path in requirement_files:
        wanted |= pins(path)
    for name, version in (once | wanted).items():
        requirement = f"{name}=={version}"
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield requirement, f"{name} is not installed"
            continue
        if name in wanted and (found or "").split("+")[0] != version:
            yield requirement, f"{name} is {found or 'damaged'} where {version} is pinned"
    for distribution in metadata.distributions():
        yield from _damage(distribution, wanted)
    for folder in filter(os.path.isdir, sys.path):
        for name in os.listdir(folder):  # noqa: PTH208 - part of the many that are looked at
            if name.startswith("~"):
                yield "", f"{os.path.join(folder, name)} is left over from pip"  # noqa: PTH118


def _damage(distribution: metadata.Distribution, wanted: dict[str, str]) -> Iterator[Fault]:
    """The first file of a package that is missing, or empty where it was not."""
    facts = distribution.metadata
    name, version = facts["Name"], facts["Version"]
    if not name or not version:
        yield "", f"{distribution.locate_file('')} holds a package without a name"
        return
    requirement = f"{name}=={wanted.get(name, version.split('+')[0])}"
    # Not `distribution.files`: from Python 3.12 on it leaves out what is missing.
    record = distribution.read_text("RECORD")
    if record is None:
        yield requirement, f"the list of files of {name} is missing"
    root = str(distribution.locate_file(""))
    for path, *details in csv.reader((record or "").splitlines()):
        if path.endswith(".pyc"):
            continue
        try:
            # os, not pathlib: 40,000 files are looked at before every command.
            size = os.stat(os.path.join(root, path)).st_size  # noqa: PTH116, PTH118
        except OSError:
            yield requirement, f"{path} is missing"
            return
        if not size and details[-1:] not in ([], [""], ["0"]):
            yield requirement, f"{path} is empty"
            return


def packages() -> dict[str, str]:
    """Every package with its version, as an index knows it."""
    found = (distribution.metadata for distribution in metadata.distributions())
    return {facts["Name"]: facts["Version"].split("+")[0] for facts in found if facts["Name"]}


def main(arguments: list[str]) -> None:
    """Tell course.py, as JSON, who this Python is and what is wrong with its packages."""
    stamp = Path(sys.prefix) / "course-stamp.json"
    try:
        once = dict(json.loads(stamp.read_text(encoding="utf-8")).get("packages", {}))
    except (OSError, ValueError, AttributeError):
        once = {}
    said = {
        "prefix": sys.prefix,
        "python": "{}.{}".format(*sys.version_info),
        "base": getattr(sys, "_base_executable", sys.executable),
        "site": sysconfig.get_path("purelib"),
        "faults": list(faults([Path(name) for name in arguments], once)),
        "packages": packages(),
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1:])

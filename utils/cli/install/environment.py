"""One environment: made, looked at, copied, given the paths of its place. Standard library only."""

import ast
import contextlib
import json
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from utils.cli.install.place import OWNED, SCRIPTS, STAMP, Place, python_of
from utils.cli.install.remedies import remedy

INSIDE = Path(__file__).parents[1] / "_installed.py"
PLACES = ("PYTHONHOME", "PYTHONPATH", "PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__")
THROUGH_SHELL = rb"/bin/sh\n'''exec' [^\n]+ \"\$0\" \"\$@\"\n' '''"
SHEBANG = re.compile(rb"\A#!(?:" + THROUGH_SHELL + rb"|[^\n]*python[^\n]*)")
LINE = 127  # characters that Linux reads of a first line

# The course's `utils` before any other: a plain path would stand behind PYTHONPATH and behind a
# `utils.py` beside a notebook. Written as ASCII, because a .pth file has no encoding of its own.
FINDER = '''"""Made by course.py: here `utils` is the course's, whatever else is called so."""

import os
import sys
from importlib.machinery import PathFinder

ROOT = os.environ.get("COURSE_ROOT") or {root}


class Course:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return PathFinder.find_spec(name, [ROOT]) if name == "utils" and path is None else None


sys.meta_path.insert(0, Course)
sys.path.append(ROOT)
'''
FINDER_NAME = "_five_vision_models"
LINK = f"import {FINDER_NAME}\n"


@dataclass
class Report:
    """What an environment says of itself."""

    python: str  # its version, like 3.11
    base: str  # the Python that it was made from
    site: Path
    packages: dict[str, str]
    faults: list[tuple[str, str]]  # what pip has to install, and the sentence


def plain_environment() -> dict[str, str]:
    """The variables for a child Python that has to be itself: none that says where packages lie."""
    return {key: value for key, value in os.environ.items() if key not in PLACES}


def inspect(environment: Path, files: list[Path]) -> Report | None:
    """Ask an environment what is wrong with it; None where its Python does not run or is another's.

    Without pyvenv.cfg the Python inside is the one outside: everything asked of it, and everything
    installed with it, would concern the user's own packages.
    """
    call = [python_of(environment), "-I", INSIDE, *files]
    try:
        done = subprocess.run(
            [str(part) for part in call],
            env=plain_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        said = json.loads(done.stdout)
        if not os.path.samefile(said["prefix"], environment):  # noqa: PTH121
            return None
        faults = [(requirement, sentence) for requirement, sentence in said["faults"]]
        site = Path(said["site"])
        return Report(said["python"], said["base"], site, dict(said["packages"]), faults)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def make(environment: Path, base: str, log: Path) -> None:
    """An environment without pip, or new paths, links and scripts for one that is there."""
    environment.mkdir(parents=True, exist_ok=True)
    (environment / OWNED).write_text("This folder is made and removed by course.py.\n", "utf-8")
    for name in (environment / SCRIPTS).glob("python*"):
        if not name.exists():  # a link to a Python that went away
            name.unlink()
    call = [base, "-I", "-m", "venv", "--without-pip", str(environment)]
    with log.open("ab") as words:
        start = words.tell()
        try:
            done = subprocess.run(
                call, env=plain_environment(), stdin=subprocess.DEVNULL, stdout=words, stderr=words
            )
        except OSError as error:
            raise remedy(str(error), folder=environment) from None
    if done.returncode:
        said = log.read_bytes()[start:].decode("utf-8", "replace")
        raise remedy(said, folder=environment, log=log)


def clone(source: Path, target: Path) -> None:
    """A copy that shares the files of `source`, within a second.

    pip replaces files and never writes into them. What is written in place, the scripts and
    pyvenv.cfg, is copied, and so is everything on a disk that cannot share.
    """
    target.mkdir()
    with os.scandir(source) as entries:
        for entry in entries:
            copy = target / entry.name
            if entry.is_symlink():
                copy.symlink_to(os.readlink(entry.path))  # noqa: PTH115
            elif entry.is_dir():
                if entry.name == SCRIPTS:
                    shutil.copytree(entry.path, copy, symlinks=True)
                else:
                    clone(Path(entry.path), copy)
            elif entry.name != STAMP:
                _share(entry.path, copy)


def _share(source: str, target: Path) -> None:
    if not source.endswith((".cfg", OWNED)):
        with contextlib.suppress(OSError):
            os.link(source, target)
            return
    shutil.copy2(source, target)


def remove(folder: Path) -> None:
    """Remove a folder of ours; what another program still holds stays for the next start."""
    if folder.is_file() or folder.is_symlink():
        folder.unlink()
    for _ in range(3):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.3)


def read_stamp(environment: Path) -> dict[str, Any]:
    """What the stamp says; empty for an environment that was never finished."""
    try:
        stamp = json.loads((environment / STAMP).read_text(encoding="utf-8"))
        return stamp if isinstance(stamp, dict) else {}
    except (OSError, ValueError):
        return {}


def write_stamp(environment: Path, stamp: dict[str, Any]) -> None:
    """Whole or not at all."""
    unfinished = environment / (STAMP + ".part")
    unfinished.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    unfinished.replace(environment / STAMP)


def is_linked(report: Report) -> bool:
    """Whether `utils` is found in the environment, in a course that is there.

    Another copy of the course may share it: its own `utils` is then named by COURSE_ROOT.
    """
    try:
        text = (report.site / f"{FINDER_NAME}.py").read_text(encoding="ascii")
        lines = (report.site / f"{FINDER_NAME}.pth").read_text(encoding="ascii")
    except (OSError, ValueError):
        return False
    named = re.search(r'"COURSE_ROOT"\) or (.+)$', text, re.MULTILINE)
    if not named or lines != LINK:
        return False
    root = ast.literal_eval(named[1])
    return text == FINDER.format(root=ascii(root)) and Path(root, "course.py").exists()


def is_settled(place: Place, report: Report) -> bool:
    """Whether the environment has the paths of the place where it lies."""
    return read_stamp(place.venv).get("venv") == str(place.venv) and is_linked(report)


def settle(place: Place, report: Report) -> None:
    """Give an environment that was moved, or just built, the paths of its place.

    Packages stay as they are: only pyvenv.cfg, the scripts and the way to `utils` hold paths.
    """
    make(place.venv, report.base, place.log)
    for script in (place.venv / SCRIPTS).iterdir():
        if not script.is_symlink() and script.is_file():
            _point(script, python_of(place.venv))
    text = FINDER.format(root=ascii(str(place.root)))
    (report.site / f"{FINDER_NAME}.py").write_text(text, encoding="ascii")
    (report.site / f"{FINDER_NAME}.pth").write_text(LINK, encoding="ascii")
    write_stamp(place.venv, {**read_stamp(place.venv), "venv": str(place.venv)})


def _point(script: Path, python: Path) -> None:
    """Let a script of pip's start the Python of this environment."""
    content = script.read_bytes()
    if os.name == "nt":  # a program that reads the line in front of the archive behind it
        line = re.search(rb"#!([^\r\n]*python[^\r\n]*)(?=\r?\nPK)", content)
        new = (
            line
            and content[: line.start()] + b"#!" + os.fsencode(f'"{python}"') + content[line.end() :]
        )
    else:
        line = SHEBANG.match(content)
        new = line and first_line(python) + content[line.end() :]
    if new and new != content:
        mode = script.stat().st_mode
        script.write_bytes(new)
        script.chmod(mode)


def first_line(python: Path) -> bytes:
    """The line that starts `python`; through the shell where a space or the length forbids it.

    >>> first_line(Path("/a/python"))
    b'#!/a/python'
    """
    path = os.fsencode(python)
    if b" " not in path and len(path) + 2 <= LINE:
        return b"#!" + path
    return b"#!/bin/sh\n'''exec' \"" + path + b'" "$0" "$@"\n\' \'\'\''

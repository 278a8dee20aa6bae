"""Where an installation lies, and what stands beside it while it changes. Standard library only."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

STAMP = "course-stamp.json"  # written last and whole: without it nothing counts as finished
OWNED = "course-owned"  # written first: only a folder that is ours is ever removed
SCRIPTS = "Scripts" if os.name == "nt" else "bin"


class InstallError(Exception):
    """One sentence on what is in the way and what to do; `kind` is a name in remedies.py."""

    def __init__(self, sentence: str, kind: str = "other") -> None:
        super().__init__(sentence)
        self.kind = kind


@dataclass(frozen=True)
class Place:
    """The course's folder and its environment."""

    root: Path
    venv: Path

    def beside(self, ending: str) -> Path:
        """A neighbor of the environment, on the same disk, so that renaming is one step.

        `.new` is being built, `.old` is being removed, `.yours` is a folder that we found there;
        `.lock` is held while anything changes, `.log` holds pip's words.
        """
        return self.venv.with_name(self.venv.name + ending)

    @classmethod
    def of(cls, root: Path, wish: str | None) -> "Place":
        """The environment beside course.py, or in the folder that COURSE_VENV names.

        A folder that cannot be renamed (a disk of its own, a parent of others) gets it inside.
        """
        venv = Path(wish).expanduser().absolute() if wish else root / ".venv"
        if venv.is_symlink():
            venv = venv.resolve()
        fixed = venv.is_dir() and (os.path.ismount(venv) or not os.access(venv.parent, os.W_OK))
        inside = fixed and wish and not (venv / OWNED).exists()
        return cls(root, venv / "venv" if inside else venv)

    @property
    def log(self) -> Path:
        """What pip and venv said, beside the environment."""
        return self.beside(".log")


def python_of(environment: Path) -> Path:
    """The Python of an environment."""
    return environment / SCRIPTS / ("python.exe" if os.name == "nt" else "python")


def base_python() -> str:
    """The Python that environments are made with: never one that lies in an environment itself."""
    return getattr(sys, "_base_executable", None) or sys.executable


def say(text: str) -> None:
    """One line for the person who waits."""
    print(f"course: {text}", flush=True)

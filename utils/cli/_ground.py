"""What several commands need: where things are, and how a command complains. No torch here."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
LESSONS = ROOT / "lessons"
GALLERY = ROOT / "docs" / "gallery"


def complain(sentence: str, *, status: int = 1) -> int:
    """Say one sentence on the error stream; returns the exit status to pass on."""
    print(f"course: {sentence}", file=sys.stderr, flush=True)
    return status


def own_kernels_first() -> dict[str, str]:
    """Variables by which Jupyter finds this Python's kernel and views before anybody else's.

    JUPYTER_PATH goes before all other folders, so a `python3` of another Python there would win.
    """
    own = os.path.join(sys.prefix, "share", "jupyter")  # noqa: PTH118 - a string for a variable
    paths = [own, *filter(None, [os.environ.get("JUPYTER_PATH")])]
    return {"JUPYTER_PREFER_ENV_PATH": "1", "JUPYTER_PATH": os.pathsep.join(paths)}


def fault_of_folder(out: Path) -> str:
    """What keeps files from being written into a folder that is there or will be made, or nothing.

    >>> fault_of_folder(Path(__file__))
    '_ground.py is a file'
    """
    if out.exists() and not out.is_dir():
        return f"{out.name} is a file"
    near = next(path for path in (out.resolve(), *out.resolve().parents) if path.exists())
    if not near.is_dir() or not os.access(near, os.W_OK | os.X_OK):
        return f"nothing can be written into {near}"
    return ""


def kernel_environment(scratch: Path) -> dict[str, str]:
    """The environment in which notebooks run the same way on every machine.

    One thread per kernel, the kernel of this Python before any of the user's own, and none of the
    user's IPython start-up files (`scratch` stands in for their folder).
    """
    environment = {key: value for key, value in os.environ.items() if key != "MPLBACKEND"}
    settled = {
        "OMP_NUM_THREADS": "1",
        **own_kernels_first(),
        "IPYTHONDIR": str(scratch),
    }
    return {**environment, **settled}

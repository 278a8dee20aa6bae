"""The learner's half: each verdict becomes one line in a file of the class's folder.

With COURSE_CLASS=FOLDER every verdict is written down as: name of the exercise, kind of verdict,
named mistake, time. No code, no text of the learner, and no name: a learner is eight random
letters, unless the teacher gives names with COURSE_LEARNER. Without COURSE_CLASS nothing is
written.
"""

import json
import os
import re
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from utils.checks.listeners import listen

KINDS = ("right", "wrong", "broken", "not attempted", "hint")
LONGEST = 200  # characters of one field
_state: dict[str, Any] = {"left": False, "learner": ""}


@dataclass(frozen=True)
class Entry:
    """One verdict, or one hint that was opened."""

    exercise: str
    kind: str
    mistake: str = ""
    time: float = 0.0  # seconds since 1970


def folder() -> Path | None:
    """The class's folder, or None where there is no class or the learner has left it."""
    named = os.environ.get("COURSE_CLASS", "")
    return None if _state["left"] or named in ("", "off") else Path(named).expanduser()


def learner() -> str:
    """Who writes: the teacher's name for this learner, or letters drawn once per account.

    >>> import os
    >>> os.environ["COURSE_LEARNER"] = "../Zoë 7"
    >>> learner()
    'Zoë-7'
    >>> del os.environ["COURSE_LEARNER"]
    """
    given = re.sub(r"[^\w-]+", "-", os.environ.get("COURSE_LEARNER", "")).strip("-_")[:40]
    return given or _state["learner"] or _draw_name()


def joined() -> str:
    """Begin to write down; the words for the first cell: who sees the verdicts, how to stop it."""
    if folder() is None:
        return "Your verdicts stay with you."
    listen(log_verdict)
    return (
        "Your teacher's board shows the verdicts of this notebook as those of learner "
        f"{learner()}: the exercise, the kind of verdict, the named mistake, the time; none of "
        "your code. "
        "`from utils.classroom import leave; leave()` stops it."
    )


def leave() -> str:
    """Write nothing more from this notebook."""
    _state["left"] = True
    return "Left: nothing more of this notebook is written down."


def log_verdict(exercise: str, kind: str, mistake: str = "") -> None:
    """Add one line to the learner's file. A folder that cannot be written never stops a check."""
    place = folder()
    if place is None:
        return
    entry = Entry(exercise[:LONGEST], kind, mistake[:LONGEST], time.time())
    line = json.dumps(asdict(entry), ensure_ascii=False) + "\n"
    try:
        place.mkdir(parents=True, exist_ok=True)
        # One short write at the end of a file of one's own: lines of several kernels do not mix.
        with (place / f"{learner()}.jsonl").open("ab", buffering=0) as file:
            file.write(line.encode())
    except OSError:
        _state["left"] = True


def _draw_name() -> str:
    """Eight letters that stay: kept beside the user's other settings where that can be written."""
    place = Path.home() / ".config" / "five-vision-models" / "learner"
    try:
        name = place.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        name = ""
    if not re.fullmatch(r"[a-z]{8}", name):
        name = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz") for _ in range(8))
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(name, encoding="utf-8")
        except OSError:
            pass  # a new name at the next start
    _state["learner"] = name
    return name

"""Which exercise a function answers: by its own name, or by the name in the learner's cell."""

import difflib
import importlib
import linecache
import pkgutil
import re
from functools import cache
from types import FrameType
from typing import Any

from utils.checks import exercises
from utils.checks.exercise import Exercise
from utils.checks.files import said_by

FRAMES = 6


@cache
def all_exercises() -> dict[str, Exercise]:
    """Every exercise by the name of the learner's function."""
    found = {}
    for info in pkgutil.walk_packages(exercises.__path__, f"{exercises.__name__}."):
        exercise = getattr(importlib.import_module(info.name), "EXERCISE", None)
        if exercise is not None:
            found[exercise.name] = exercise
    return found


def name_of(function: Any, frame: FrameType | None) -> str:
    """The exercise's name: as the calling line says it, as a variable there, as the function's own.

    So a lambda, a `partial`, an object that can be called and a function that a decorator has
    renamed are all found by the name that the learner gave them.
    """
    if isinstance(function, str):
        return function
    bound = _bound(function, frame)
    if len(bound) > 1:
        asked = [name for name in bound if name in _words(frame)]
        bound = asked or bound
    own = own_name(function)
    return own if own in bound or not bound else bound[0]


def own_name(function: Any) -> str:
    """The name that a function has by itself; empty where it has none."""
    try:
        name = getattr(function, "__name__", "")
    except Exception:
        return ""
    return name if isinstance(name, str) else ""


def no_such(name: str) -> str:
    """A sentence for a name that no exercise has."""
    shown = said_by(name, most=60) or "?"
    near = difflib.get_close_matches(shown, all_exercises(), n=1, cutoff=0.4)
    guess = f"Is it {near[0]}? Then name it so." if near else "Keep the name that was given."
    return f'There is no exercise {shown}. {guess} Or say which it is: check(f, "shift_map").'


def _bound(function: Any, frame: FrameType | None) -> list[str]:
    """The exercises' names that stand for this very function where the check was called."""
    found: dict[str, None] = {}
    for _ in range(FRAMES):  # a decorated check stands between the cell and this
        if frame is None:
            break
        for names in (frame.f_locals, frame.f_globals):
            for name in all_exercises():
                if name in names and names[name] is function:
                    found[name] = None
        if found:
            break
        frame = frame.f_back
    return list(found)


def _words(frame: FrameType | None) -> set[str]:
    """The words of the calling line."""
    if frame is None:
        return set()
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
    return set(re.findall(r"\w+", line))

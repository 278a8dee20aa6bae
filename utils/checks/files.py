"""Whose code a file is: the learner's, ours, or a library's."""

import linecache
import sysconfig
import traceback
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

UTILS = str(Path(__file__).resolve().parents[1])
EXERCISES = str(Path(__file__).resolve().parent / "exercises")
GENERATED = str(Path(__file__).resolve().parent / "generated.py")  # it plays the learner
SLIPS = "<slip>"  # the name of code that the checker makes itself
LIBRARIES = (
    *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
    str(Path(torch.__file__).resolve().parents[1]),
    "<frozen",
    "<__array_function__",
)


@lru_cache(maxsize=4096)
def kind(file: str) -> str:
    """ "ours", "library" or "learner"."""
    if file.startswith(UTILS):
        return "learner" if file == GENERATED else "ours"
    return "library" if file.startswith(LIBRARIES) or "site-packages" in file else "learner"


def line_of(error: BaseException) -> str:
    """The learner's line at which an exception arose, as `line 3 of f, ...`; empty if none."""
    try:
        frames = list(traceback.walk_tb(error.__traceback__))
    except Exception:
        return ""
    for frame, number in reversed(frames):
        if kind(frame.f_code.co_filename) == "learner":
            text = linecache.getline(frame.f_code.co_filename, number).strip()
            inside = number - frame.f_code.co_firstlineno + 1
            return f"line {inside} of {frame.f_code.co_name}" + (f", `{text}`" if text else "")
    return ""


def said_by(thing: Any, most: int = 300) -> str:
    """The text of an exception or a value on one line; a text that cannot be had is left out.

    >>> said_by(ValueError("two\\nlines"))
    'two lines'
    """
    try:
        text = " ".join(str.__str__(str(thing)).split())
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return "(its text cannot be read)"
    text = "".join(sign if sign.isprintable() else "�" for sign in text)
    return text if len(text) <= most else f"{text[: most - 3]}..."


def kind_of(value: Any) -> str:
    """The name of a value's type.

    >>> kind_of([]), kind_of(None)
    ('list', 'NoneType')
    """
    try:
        return said_by(type(value).__name__, most=60)
    except Exception:
        return "thing without a name"

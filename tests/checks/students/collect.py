"""Answers as people write them from the text alone: right in unlike styles, or wrong."""

from collections.abc import Callable
from typing import Any

Answer = Callable[..., Any]
RIGHT: list[tuple[str, str, Answer]] = []
WRONG: list[tuple[str, str, Answer, str]] = []


def right(exercise: str, said: str = "") -> Callable[[Answer], Answer]:
    """Collect a right answer."""

    def keep(function: Answer) -> Answer:
        RIGHT.append((exercise, said or getattr(function, "__name__", "object"), function))
        return function

    return keep


def wrong(exercise: str, cause: str, said: str = "") -> Callable[[Answer], Answer]:
    """Collect a wrong answer; `cause` is a pattern that a sentence with the true cause matches."""

    def keep(function: Answer) -> Answer:
        name = said or getattr(function, "__name__", "object")
        WRONG.append((exercise, name, function, cause))
        return function

    return keep

"""Collect right answers in other styles than the printed solution; one file per lesson."""

from collections.abc import Callable
from typing import Any

Answer = Callable[..., Any]
RIGHT: dict[str, tuple[str, Answer]] = {}


def style(name: str) -> Callable[[Answer], Answer]:
    """Collect a right answer for one exercise."""

    def keep(function: Answer) -> Answer:
        RIGHT[f"{name}: {function.__name__}"] = (name, function)
        return function

    return keep

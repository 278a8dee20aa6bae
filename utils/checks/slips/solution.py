"""The right programs of an exercise: the printed solution, and other ways to write it."""

from functools import cache

from utils.checks.exercise import Exercise
from utils.checks.finding import all_exercises
from utils.checks.slips.program import Program, of_text


@cache
def _solutions() -> dict[str, str]:
    return {name: exercise.solution for name, exercise in all_exercises().items()}


def right_programs(exercise: Exercise) -> list[Program]:
    """Fresh trees, to be changed."""
    return [
        of_text(text.strip(), exercise.name, _solutions())
        for text in (exercise.solution, *exercise.ways)
    ]

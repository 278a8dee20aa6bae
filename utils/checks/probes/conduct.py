"""What an answer does besides answering: it writes into things, or is another at every call."""

from collections.abc import Callable
from typing import Any

from utils.checks.exercise import Exercise
from utils.checks.largest import Largest, watched
from utils.checks.trial import Trial, attempt, equal

UNDONE = "It has been undone for the next check."


def changed(trials: list[Trial]) -> str:
    """What the function changed, from what was noted at each call."""
    seen = dict.fromkeys(what for trial in trials for what in trial.outcome.changed)
    if not seen:
        return ""
    what = " and ".join(list(seen)[:3])
    if any(text.startswith("writes") for text in seen):
        theirs = "what was handed in is not yours to change"
        return f"Your function {what}: {theirs}. Work on a new tensor."
    return f"Your function {what}. {UNDONE}"


def handled(exercise: Exercise, trials: list[Trial]) -> str:
    """What the exercise itself finds in the arguments after the call: used twice, say."""
    if exercise.handled is None:
        return ""
    return next(filter(None, (exercise.handled(t.outcome.args) for t in trials)), "")


def too_large(exercise: Exercise, function: Callable[..., Any], trials: list[Trial]) -> str:
    """Whether a tensor was made that the exercise is about doing without."""
    if exercise.room is None:
        return ""
    for trial in trials:
        seen: list[Largest] = []
        attempt(exercise, watched(function, seen), trial.goal.case.args, trial.goal.want)
        most = exercise.room(*trial.goal.case.args)
        if seen and seen[0].fused:
            return "torch's own fused attention did the work: here the point is to write it."
        if seen and seen[0].numbers > most:
            return (
                f"a tensor of {seen[0].numbers:,} numbers was made on the way, and none needs more "
                f"than {most:,}. The input was {trial.goal.case.said}."
            )
    return ""


def replaced(names: list[str]) -> str:
    """What was put in the place of functions that everybody uses."""
    if not names:
        return ""
    shown = ", ".join(f"`{name}`" for name in names[:3])
    return f"{shown} had been replaced. {UNDONE}"


def varies(exercise: Exercise, function: Callable[..., Any], trial: Trial) -> str:
    """Whether a second call with the same input gives another result."""
    if trial.answer is None or (trial.answer.problem and not trial.answer.tensors):
        return ""
    again = attempt(exercise, function, trial.goal.case.args, trial.goal.want)
    if again.error is None and equal(trial.answer, again.value, trial.goal):
        return ""
    return (
        "Two calls with the same input give two results: something is drawn at random (dropout "
        "left on?), or is kept from one call to the next."
    )

"""`check(f)`: not attempted, right, wrong with a diagnosis, or broken."""

import difflib
import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Any

from utils.checks import exercises
from utils.checks.compare import Difference, difference, same
from utils.checks.exercise import Case, Exercise, Mistake
from utils.checks.guard import Outcome, TooLong, is_empty, run
from utils.checks.verdict import Kind, Verdict
from utils.checks.whole import try_in_whole
from utils.figures import Source

SECONDS = 5.0  # for one small input; the slowest right answer in plain loops takes under one
MOST_PRINTED = 10


@cache
def all_exercises() -> dict[str, Exercise]:
    """Every exercise by the name of the learner's function."""
    found = {}
    for info in pkgutil.walk_packages(exercises.__path__, f"{exercises.__name__}."):
        exercise = getattr(importlib.import_module(info.name), "EXERCISE", None)
        if exercise is not None:
            found[exercise.name] = exercise
    return found


def check(function: Any, name: str | None = None) -> Verdict:
    """Look at the learner's function and say what is right or wrong with it.

    `name` is the exercise's, needed only where the function has another one (a lambda, say).

    >>> def shift_map(x, shift_size):
    ...     raise NotImplementedError
    >>> check(shift_map).kind, check(shift_map).points(3)
    ('not attempted', 0)
    """
    called = name or str(getattr(function, "__name__", ""))
    exercise = all_exercises().get(called)
    if not callable(function):
        text = (
            f"check was given {_thing(function)}: it wants the function itself, without brackets."
        )
        return Verdict("broken", called or "?", [text, "Write check(shift_map), for example."])
    if exercise is None:
        return Verdict("broken", called or "?", [_no_such(name or function)])
    return judge(exercise, function)


def hint(function: Any, level: int = 1) -> Source:
    """Hint 1, 2 or 3 for the exercise of this function; each says more than the one before.

    >>> hint("shift_map").text.splitlines()[0]
    'Hint 1 of 3 for shift_map.'
    """
    exercise = _named(function)
    if exercise is None:
        return Said(_no_such(function))
    hints = exercise.hints
    at = min(max(int(level), 1), len(hints))
    return Said(f"Hint {at} of {len(hints)} for {exercise.name}.\n\n{hints[at - 1]}")


def solution(function: Any) -> Source:
    """One right answer, to read after an honest try."""
    exercise = _named(function)
    return Said(_no_such(function)) if exercise is None else Source(exercise.solution.strip())


def judge(exercise: Exercise, function: Callable[..., Any], *, whole: bool = True) -> Verdict:
    """The verdict on one function; `whole=False` leaves out the whole model."""
    name = exercise.name
    if is_empty(function):
        return _not_attempted(exercise)
    outcomes: list[tuple[Case, Outcome]] = []
    for case in exercise.cases():
        outcome = run(function, case.args, seconds=SECONDS, may_call=exercise.may_call)
        if isinstance(outcome.error, NotImplementedError):
            return _not_attempted(exercise)
        outcomes.append((case, outcome))
        if isinstance(outcome.error, TooLong) or outcome.borrowed:
            break
    for case, outcome in outcomes:
        problem = _problem(exercise, case, outcome)
        if problem is None:
            continue
        kind, lines, found = problem
        lines += _printed(outcome)
        mistake = None
        if kind != "broken" or not isinstance(outcome.error, TooLong):
            mistake = _recognize(exercise, outcomes) if not outcome.borrowed else None
        if mistake is not None:
            lines.insert(0, mistake.why)
            kind = "wrong"
        runs = outcome.error is None and not outcome.borrowed
        if whole and exercise.whole is not None and kind == "wrong" and runs:
            lines.append(try_in_whole(exercise.whole, function).text)
        lines.append(f"Stuck? hint({name}, 1) helps a little, 2 more, 3 most.")
        target, yours = (found.target, found.yours) if found else (None, None)
        known = mistake.name if mistake else ""
        return Verdict(kind, name, lines, known, target, yours, exercise.view)
    lines = [f"equal to the reference on {len(outcomes)} inputs, the last {outcomes[-1][0].said}."]
    lines += _printed(outcomes[0][1])
    if whole and exercise.whole is not None:
        verdict = try_in_whole(exercise.whole, function)
        lines.append(verdict.text)
        if verdict.equal is False:
            return Verdict("wrong", name, ["Right alone, but not inside the model.", *lines[1:]])
    return Verdict("right", name, lines)


def _problem(
    exercise: Exercise, case: Case, outcome: Outcome
) -> tuple[Kind, list[str], Difference | None] | None:
    """What is wrong with one outcome, None where nothing is."""
    given = f"The input was {case.said}."
    if outcome.borrowed:
        text = f"This answer calls {outcome.borrowed}: here the point is to write it yourself."
        return "wrong", [text], None
    if isinstance(outcome.error, TooLong):
        text = (
            f"It was stopped after {SECONDS:g} s: is there a loop without an end? "
            f"It stood at {outcome.where or 'a line that cannot be named'}. {given} "
            "(One blocking call, such as a long sleep, cannot be stopped: interrupt the kernel.)"
        )
        return "broken", [text], None
    if outcome.error is not None:
        what = type(outcome.error).__name__
        said = " ".join(str(outcome.error).split())[:300]
        at = f", at {outcome.where}" if outcome.where else ""
        return "broken", [f"It stopped with {what}{': ' if said else ''}{said}{at}.", given], None
    target = exercise.reference(*case.args)
    found = difference(target, outcome.value, axes=exercise.axes, parts=exercise.parts)
    if found is not None:
        kind: Kind = "broken" if found.garbage else "wrong"
        return kind, [f"{found.text[0].upper()}{found.text[1:]}.", given], found
    if outcome.changed:
        text = (
            f"The result is right, but {outcome.changed[0]} was written into: work on a new tensor."
        )
        return "wrong", [text, given], None
    return None


def _recognize(exercise: Exercise, outcomes: list[tuple[Case, Outcome]]) -> Mistake | None:
    """The known mistake that gives the learner's results, on every input on which both answer."""
    for mistake in exercise.mistakes:
        agreed = False
        for case, outcome in outcomes:
            theirs = run(mistake.function, case.args, seconds=SECONDS, may_call=("utils",))
            if (theirs.error is None) != (outcome.error is None):
                break
            if theirs.error is not None:
                continue
            if theirs.changed != outcome.changed:
                break
            if not _agree(exercise, theirs.value, outcome.value):
                break
            target = exercise.reference(*case.args)
            agreed = agreed or bool(theirs.changed) or not _agree(exercise, target, theirs.value)
        else:
            if agreed:
                return mistake
    return None


def _agree(exercise: Exercise, one: Any, other: Any) -> bool:
    shape = getattr(one, "shape", None)
    axes = exercise.axes
    if shape is not None and len(axes.split()) != len(shape):  # a mistake may lose an axis
        axes = " ".join(f"axis{i}" for i in range(len(shape)))
    return same(one, other, axes=axes)


def _not_attempted(exercise: Exercise) -> Verdict:
    text = f"Nothing here yet: about {exercise.minutes} minutes. hint({exercise.name}, 1) helps."
    return Verdict("not attempted", exercise.name, [text])


def _printed(outcome: Outcome) -> list[str]:
    lines = outcome.printed.rstrip().splitlines()
    if not lines:
        return []
    more = [f"... and {len(lines) - MOST_PRINTED} lines more"] if len(lines) > MOST_PRINTED else []
    return ["Your function printed:", *(f"  {line}" for line in [*lines[:MOST_PRINTED], *more])]


def _name(function: Any) -> str:
    return function if isinstance(function, str) else getattr(function, "__name__", "?")


def _named(function: Any) -> Exercise | None:
    return all_exercises().get(_name(function))


def _no_such(function: Any) -> str:
    near = difflib.get_close_matches(_name(function), all_exercises(), n=1, cutoff=0.4)
    guess = f"Is it {near[0]}? Then name it so." if near else "Keep the name that was given."
    return f"There is no exercise {_name(function)}. {guess}"


def _thing(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}"


class Said(Source):
    """A sentence as the last value of a cell."""

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        return {"text/markdown": self.text, "text/plain": self.text}

"""One function on all inputs of an exercise, beside the reference."""

import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from utils.checks.answers import Answer, Wanted, plain, wanted
from utils.checks.compare import MOST, Difference, difference, same, tolerance
from utils.checks.copies import copied
from utils.checks.exercise import Case, Exercise
from utils.checks.guard import Outcome, TooLong, run

SECONDS = 3.0  # for one small input; what loads a part of torch first needs two
EXACT = 1e-9  # of the largest value: in float64 a right answer is as near as that
ENOUGH = 3.5  # seconds for a verdict on a wrong answer


@dataclass(frozen=True)
class Goal:
    """One input with what is right on it, and how far a right answer may be off."""

    case: Case
    want: Wanted
    target: Answer
    share: float

    def fits(self, answer: Answer) -> bool:
        """Whether an answer is right here."""
        return difference(self.target, answer, self.want, self.share) is None


@dataclass(frozen=True)
class Trial:
    """What the learner's function gave on one input."""

    goal: Goal
    outcome: Outcome
    answer: Answer | None  # None where it raised
    difference: Difference | None

    @property
    def right(self) -> bool:
        return self.answer is not None and self.difference is None

    @property
    def comparable(self) -> bool:
        """Whether there are values of the right shapes, right or wrong."""
        answer, target = self.answer, self.goal.target
        if answer is None or answer.problem:
            return False
        shapes = [x.shape for x in answer.tensors]
        return shapes == [x.shape for x in target.tensors] and bool(answer.tensors)


@dataclass
class Evidence:
    """Everything that is known of one answer: what the probes look at."""

    exercise: Exercise
    function: Callable[..., Any]
    trials: list[Trial] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)

    def late(self) -> bool:
        """Whether a person has waited long enough: then what is known so far is said."""
        return time.monotonic() - self.begun > ENOUGH

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the arguments, as the exercise gives them."""
        return arguments(self.exercise)

    @cached_property
    def comparable(self) -> list[Trial]:
        return [trial for trial in self.trials if trial.comparable]

    @cached_property
    def answered(self) -> list[Trial]:
        """The trials that gave something that can be compared, if only by shape."""
        return [t for t in self.trials if t.answer is not None and not t.answer.garbage]

    def again(self, args: tuple[Any, ...], want: Wanted | None = None) -> Outcome:
        """The learner's function once more, on another input."""
        return attempt(self.exercise, self.function, args, want)


def arguments(exercise: Exercise) -> tuple[str, ...]:
    """The names of the reference's parameters."""
    return tuple(inspect.signature(exercise.reference).parameters)


def goal(exercise: Exercise, case: Case) -> Goal:
    """Run the reference, in float32 and in float64."""
    with torch.no_grad():
        target = exercise.reference(*map(copied, case.args))
    want = wanted(target, axes=exercise.axes, parts=exercise.parts, floats_asked=exercise.floats)
    answer = plain(target)
    return Goal(case, want, answer, tolerance(answer, _exact(exercise, case.args)))


def goals(exercise: Exercise) -> list[Goal]:
    """Every input of the exercise with its target."""
    return [goal(exercise, case) for case in exercise.cases()]


def attempt(
    exercise: Exercise,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    want: Wanted | None,
    *,
    seconds: float | None = None,
) -> Outcome:
    """Run the learner's function under guard; the outcome's value is an `Answer`."""
    return run(
        function,
        args,
        seconds=SECONDS if seconds is None else seconds,
        may_call=exercise.may_call,
        names=arguments(exercise),
        then=lambda value: plain(value, want),
    )


def try_on(exercise: Exercise, function: Callable[..., Any], goal: Goal) -> Trial:
    """One trial."""
    outcome = attempt(exercise, function, goal.case.args, goal.want)
    answer = outcome.value if outcome.error is None else None
    found = None
    if answer is not None:
        found = difference(goal.target, answer, goal.want, goal.share)
    if found is not None and answer is not None and _rounds(exercise, function, goal, answer):
        found = None
    return Trial(goal, outcome, answer, found)


def _rounds(exercise: Exercise, function: Callable[..., Any], goal: Goal, answer: Answer) -> bool:
    """Whether an answer is off by its arithmetic alone: nearly right, and exact in float64."""
    if answer.problem or not answer.tensors or not same(goal.target, answer, MOST):
        return False
    exact = _exact(exercise, goal.case.args)
    if exact is None:
        return False
    args = tuple(map(_double, map(copied, goal.case.args)))
    outcome = attempt(exercise, function, args, goal.want)
    return outcome.error is None and same(exact, outcome.value, EXACT)


def try_all(exercise: Exercise, function: Callable[..., Any], goals: list[Goal]) -> list[Trial]:
    """All trials in turn; after one that took too long, or borrowed, no other."""
    trials: list[Trial] = []
    for one in goals:
        trials.append(try_on(exercise, function, one))
        outcome = trials[-1].outcome
        if isinstance(outcome.error, TooLong) or outcome.borrowed:
            break
    return trials


def equal(one: Answer, other: Answer, goal: Goal) -> bool:
    """Whether two answers are the same, by the arithmetic of this input."""
    if bool(one.problem) != bool(other.problem) and not (one.tensors and other.tensors):
        return False
    return same(one, other, goal.share)


def _exact(exercise: Exercise, args: tuple[Any, ...]) -> Answer | None:
    """The reference in float64; None where it is of whole numbers, or cannot."""
    try:
        with torch.no_grad():
            return plain(exercise.reference(*map(_double, map(copied, args))))
    except Exception:
        return None


def _double(given: Any) -> Any:
    if isinstance(given, Tensor):
        return given.double() if given.is_floating_point() else given
    if isinstance(given, nn.Module):
        return given.double()
    if isinstance(given, (list, tuple)):
        return type(given)(map(_double, given))
    return given

"""`check(f)`: not attempted, right, wrong with a diagnosis, or broken."""

import contextlib
import html
import secrets
import sys
from collections.abc import Callable
from typing import Any

import torch

from utils.caching import forget_all
from utils.checks.busy import busy
from utils.checks.compare import Difference
from utils.checks.copies import redrawn
from utils.checks.exercise import Case, Exercise
from utils.checks.files import kind_of, said_by
from utils.checks.finding import all_exercises, name_of, no_such
from utils.checks.guard import Outcome, TooLong, quiet
from utils.checks.listeners import tell
from utils.checks.naming import known_mistake, seen
from utils.checks.probes import conduct, gradients
from utils.checks.state import Shared, clean, course, libraries
from utils.checks.stub import is_empty, is_stub, raised_by_a_stub
from utils.checks.trial import (
    SECONDS,
    Evidence,
    Goal,
    Trial,
    goal,
    goals,
    try_all,
    try_on,
)
from utils.checks.verdict import Verdict
from utils.checks.whole import slow, try_in_whole
from utils.figures import Source

MOST_PRINTED = 10
OWN: list[Shared] = []  # what the checker stands on, as it was when this file was loaded


def check(function: Any, name: str | None = None) -> Verdict:
    """Look at the learner's function and say what is right or wrong with it.

    `name` is the exercise's, needed only where neither the function nor the variable is named so.

    >>> def shift_map(x, shift_size):
    ...     raise NotImplementedError
    >>> check(shift_map).kind, check(shift_map).points(3)
    ('not attempted', 0)
    """
    called = str(name or name_of(function, sys._getframe(1)))
    exercise = all_exercises().get(called)
    if not _can_be_called(function):
        what = "None" if function is None else f"a {kind_of(function)}"
        text = f"check was given {what}: it wants the function itself, without brackets."
        shown = said_by(called, most=60) if name else "?"
        return Verdict("broken", shown, [text, "Write check(shift_map), for example."])
    if exercise is None:
        return Verdict("broken", said_by(called, most=60) or "?", [no_such(called)])
    return judge(exercise, function)


def hint(function: Any, level: int = 1) -> Source:
    """Hint 1, 2 or 3 for the exercise of this function; each says more than the one before.

    >>> hint("shift_map").text.splitlines()[0]
    'Hint 1 of 3 for shift_map.'
    """
    called = name_of(function, sys._getframe(1))
    exercise = all_exercises().get(called)
    if exercise is None:
        return Said(no_such(called))
    hints = exercise.hints
    at = min(max(int(level), 1), len(hints))
    tell(exercise.name, "hint", "")
    return Said(f"Hint {at} of {len(hints)} for {exercise.name}.\n\n{hints[at - 1]}")


def solution(function: Any) -> Source:
    """One right answer, to read after an honest try."""
    called = name_of(function, sys._getframe(1))
    exercise = all_exercises().get(called)
    return Said(no_such(called)) if exercise is None else Source(exercise.solution.strip())


def judge(exercise: Exercise, function: Callable[..., Any], *, whole: bool = True) -> Verdict:
    """The verdict on one function; `whole=False` leaves out the whole model.

    It is found in a clean state, and the state is clean again when it is found.
    """
    before = [name for shared in OWN for name in shared.mend()]
    kept = Shared(course(checks=False))
    try:
        with clean():
            verdict = _safely(exercise, function, whole)
    finally:
        now = [name for shared in (*OWN, kept) for name in shared.mend()]
        forget_all()  # tables that were handed out may have been written into
    if now and verdict.kind == "right":
        verdict = Verdict("wrong", exercise.name, [conduct.replaced(now), *verdict.lines])
    elif before or now:
        verdict.lines.append(conduct.replaced(before or now))
    tell(exercise.name, verdict.kind, verdict.mistake or verdict.probe)
    return verdict


def _safely(exercise: Exercise, function: Callable[..., Any], whole: bool) -> Verdict:
    """The verdict; a sentence where the checker itself stumbles over an answer."""
    try:
        return _judged(exercise, function, whole)
    except Exception as error:
        text = f"The checker cannot look at this answer: {kind_of(error)}: {said_by(error)}."
        return Verdict("broken", exercise.name, [text, "Return plain tensors or numbers."])


def _judged(exercise: Exercise, function: Callable[..., Any], whole: bool) -> Verdict:
    if is_empty(function) or is_stub(function):
        return _not_attempted(exercise)
    evidence = Evidence(exercise, function, try_all(exercise, function, goals(exercise)))
    error, last = next(
        ((t.outcome.error, t) for t in evidence.trials if t.outcome.error), (None, None)
    )
    code = raised_by_a_stub(error) if error is not None else None
    if code is not None and last is not None:
        return _unfinished(exercise, function, code)
    _second_input(evidence)
    worst = _smallest([t for t in evidence.trials if not t.right])
    if worst is not None or any(t.outcome.borrowed for t in evidence.trials):
        return _wrong(evidence, worst or evidence.trials[-1])
    return _right(evidence, whole)


def _second_input(evidence: Evidence) -> None:
    """Where one input alone shows what is wrong: the same once more with other random numbers."""
    wrong = [t for t in evidence.trials if not t.right]
    if len(wrong) == 1 and wrong[0].comparable and not wrong[0].outcome.borrowed:
        fresh = _fresh(evidence.exercise, wrong[0].goal)
        if fresh is not None:
            evidence.trials.append(try_on(evidence.exercise, evidence.function, fresh))


def _right(evidence: Evidence, whole: bool) -> Verdict:
    """All inputs came out right: does it behave, and is it right on one more, and in the model?"""
    exercise, function, trials = evidence.exercise, evidence.function, evidence.trials
    said = (
        conduct.changed(trials)
        or conduct.handled(exercise, trials)
        or conduct.too_large(exercise, function, trials)
        or conduct.varies(exercise, function, trials[0])
    )
    if said:
        mistake = known_mistake(evidence)
        first = [mistake.why] if mistake is not None else []
        return _verdict(
            "wrong",
            evidence,
            [*first, f"The result is right, but: {said}"],
            mistake=mistake,
            probe="conduct",
        )
    fresh = _fresh(exercise, trials[-1].goal)
    if fresh is not None:
        last = try_on(exercise, function, fresh)
        if not last.right:
            evidence.trials.append(last)
            return _wrong(evidence, last)
    if exercise.gradients:
        cut = gradients.cut(exercise, function, [t.goal for t in trials[::-1]], SECONDS)
        if cut:
            return _verdict("wrong", evidence, [cut], probe="gradient cut")
    lines = [
        f"equal to the reference on {len(trials)} inputs, the last {trials[-1].goal.case.said}."
    ]
    lines += _printed(trials[0].outcome)
    if whole and exercise.whole is not None:
        with (
            busy("right alone; now inside the whole model ...") if slow(exercise.whole) else quiet()
        ):
            verdict = try_in_whole(exercise.whole, function)
        lines.append(verdict.text)
        if verdict.equal is False:
            lines = ["Right alone, but not inside the model.", *lines[1:]]
            folded = (verdict.folded,) if verdict.folded else ()
            return _verdict("wrong", evidence, lines, folded=folded, probe="inside the model")
    return Verdict("right", exercise.name, lines)


def _wrong(evidence: Evidence, trial: Trial) -> Verdict:
    """What is wrong with an answer, the cause first."""
    outcome, case = trial.outcome, trial.goal.case
    given = f"The input was {case.said}."
    borrowed = next((t.outcome.borrowed for t in evidence.trials if t.outcome.borrowed), "")
    if borrowed:
        return _verdict("wrong", evidence, [_borrowed(borrowed)], probe="borrowed")
    if isinstance(outcome.error, TooLong):
        return _verdict("broken", evidence, [_endless(outcome), given], probe="no end")
    mistake = known_mistake(evidence)
    probe, said = (
        ("", "") if mistake is not None else _kind(trial) or _conduct(evidence) or seen(evidence)
    )
    cause = mistake.why if mistake is not None else said
    found = trial.difference
    if found is None:
        lines = [_stopped(outcome, case)]
        lines = [cause, *lines] if cause and probe != MEANING else [*lines, *filter(None, [cause])]
        kind = "wrong" if mistake is not None else "broken"
        return _verdict(kind, evidence, lines, mistake=mistake, probe=probe, printed=outcome)
    told = f"{found.text[0].upper()}{found.text[1:]}."
    kind = "broken" if found.garbage and mistake is None else "wrong"
    told = "" if cause.endswith(found.text + ".") else told
    lines = [*filter(None, [cause, told]), given]
    return _verdict(
        kind, evidence, lines, mistake=mistake, found=found, probe=probe, printed=outcome
    )


MEANING = "what the error means"


def _kind(trial: Trial) -> tuple[str, str] | None:
    """Results of the wrong kind: that is the cause, and said where the difference is said."""
    if trial.answer is None or not trial.answer.problem:
        return None
    values = trial.answer.tensors
    right = values and all(
        y.shape == t.shape
        and bool(torch.isclose(y.double(), t.double(), rtol=1e-4, atol=1e-6).all())
        for y, t in zip(values, trial.goal.target.tensors, strict=True)
        if not y.is_complex()
    )
    text = f"The values are right, but {trial.answer.problem}." if right else ""
    return "kind of result", text


def _conduct(evidence: Evidence) -> tuple[str, str] | None:
    """What an answer does besides, where that alone explains that it is wrong."""
    trial = next((t for t in evidence.trials if t.comparable), None)
    if trial is not None:
        said = conduct.varies(evidence.exercise, evidence.function, trial)
        if said:
            return "varies", said
    return None


def _verdict(
    kind: Any,
    evidence: Evidence,
    lines: list[str],
    *,
    mistake: Any = None,
    found: Difference | None = None,
    folded: tuple[str, ...] = (),
    probe: str = "",
    printed: Outcome | None = None,
) -> Verdict:
    changed = conduct.changed(evidence.trials)
    if changed and not any(changed in line for line in lines):
        lines = [*lines, changed]
    lines = [*lines, *(_printed(printed) if printed is not None else [])]
    lines.append(f"Stuck? hint({evidence.exercise.name}, 1) helps a little, 2 more, 3 most.")
    target, yours = (found.target, found.yours) if found is not None else (None, None)
    return Verdict(
        kind,
        evidence.exercise.name,
        lines,
        mistake.name if mistake is not None else "",
        target,
        yours,
        evidence.exercise.view,
        folded,
        probe,
    )


def _fresh(exercise: Exercise, last: Goal) -> Goal | None:
    """The last input with other random numbers; None where there are none in it."""
    args = redrawn(last.case.args, seed=secrets.randbelow(2**31))
    with contextlib.suppress(Exception):
        made = goal(exercise, Case("one more, drawn for this check alone", args))
        if made.target.tensors and all(bool(t.isfinite().all()) for t in made.target.tensors):
            return made
    return None


def _smallest(trials: list[Trial]) -> Trial | None:
    """The smallest input that shows what is wrong; one that ran rather than one that stopped."""

    def size(trial: Trial) -> tuple[bool, bool, int]:
        count = sum(t.numel() for t in trial.goal.target.tensors)
        return trial.answer is None, trial.answer is not None and not trial.comparable, count

    return min(trials, key=size) if trials else None


def _borrowed(what: str) -> str:
    if what == "sys.settrace":
        return "This answer switches off the trace by which the checker sees what is called."
    if what.startswith("another process"):
        return "This answer starts another process: here the point is to write it yourself."
    if what.startswith("the source"):
        return f"This answer reads {what}: here the point is to write it yourself."
    return f"This answer calls {what}: here the point is to write it yourself."


def _endless(outcome: Outcome) -> str:
    return (
        f"It was stopped after {SECONDS:g} s: is there a loop without an end? "
        f"It stood at {outcome.where or 'a line that cannot be named'}. "
        "(One blocking call into C cannot be stopped: interrupt the kernel.)"
    )


def _stopped(outcome: Outcome, case: Case) -> str:
    what, said = kind_of(outcome.error), said_by(outcome.error)
    at = f", at {outcome.where}" if outcome.where else ""
    return f"It stopped with {what}{': ' if said else ''}{said}{at}. The input was {case.said}."


def _not_attempted(exercise: Exercise) -> Verdict:
    text = f"Nothing here yet: about {exercise.minutes} minutes. hint({exercise.name}, 1) helps."
    return Verdict("not attempted", exercise.name, [text])


def _unfinished(exercise: Exercise, function: Callable[..., Any], code: Any) -> Verdict:
    """The stub's line was reached in a function that has been begun, or in another exercise's."""
    if code is getattr(function, "__code__", None):
        text = "Your lines run until the stub's `raise NotImplementedError()`: delete that line."
    else:
        text = f"It calls `{code.co_name}`, which is not written yet: do that one first."
    return Verdict("broken", exercise.name, [text], probe="a stub")


def _printed(outcome: Outcome) -> list[str]:
    lines = outcome.printed.rstrip().splitlines()
    if not lines:
        return []
    more = [f"... and {len(lines) - MOST_PRINTED} lines more"] if len(lines) > MOST_PRINTED else []
    return ["Your function printed:", *(f"  {line}" for line in [*lines[:MOST_PRINTED], *more])]


def _can_be_called(function: Any) -> bool:
    try:
        return callable(function) and not isinstance(function, str)
    except Exception:
        return False


class Said(Source):
    """A sentence as the last value of a cell."""

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        return {"text/markdown": html.escape(self.text, quote=False), "text/plain": self.text}


OWN += [Shared(libraries()), Shared(course(checks=True))]

"""Why an answer is wrong: a known mistake, else what a probe sees, else a slip that explains it."""

# A lambda keeps a loop's value by a default, whose type mypy does not infer.
# mypy: disable-error-code="misc"

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from utils.checks.answers import plain
from utils.checks.compare import same
from utils.checks.copies import copied
from utils.checks.exercise import Mistake
from utils.checks.guard import in_time
from utils.checks.probes import errors, first_word, generality, layers, places, values
from utils.checks.slips import Search, mends
from utils.checks.slips.program import of_function
from utils.checks.slips.solution import right_programs
from utils.checks.trial import Evidence, Trial, attempt, equal

SECONDS = 1.0  # of work for the search of slips, and again for that of mends


def known_mistake(evidence: Evidence) -> Mistake | None:
    """The known mistake that gives the learner's results, on every input on which both answer."""
    for mistake in evidence.exercise.mistakes:
        if _is(mistake, evidence):
            return mistake
    return None


def _is(mistake: Mistake, evidence: Evidence) -> bool:
    agreed = False
    for trial in evidence.trials:
        goal, outcome = trial.goal, trial.outcome
        theirs = attempt(evidence.exercise, mistake.function, goal.case.args, goal.want)
        if (theirs.error is None) != (outcome.error is None):
            return False
        if theirs.error is not None:
            continue
        if bool(theirs.changed) != bool(outcome.changed):
            return False
        if trial.answer is None or not equal(theirs.value, trial.answer, goal):
            return False
        agreed = agreed or bool(theirs.changed) or not goal.fits(theirs.value)
    return agreed


def seen(evidence: Evidence) -> tuple[str, str]:
    """The name and the sentence of what explains a wrong result; empty where nothing does."""
    answers = any(not t.right and t.answer and not t.answer.garbage for t in evidence.trials)
    stops = any(t.outcome.error is not None for t in evidence.trials)
    if stops:
        found = first_word((*errors.PROBES, *generality.FIRST), evidence)
        if found[1]:
            return found
    searches = _searches(evidence) if answers else []
    if answers:
        found = first_word(values.FIRST, evidence)
        text = "" if found[1] else _said(searches, lambda s, t: s.one(seconds=SECONDS))
        if not found[1] and not text:
            simple = (*values.SIMPLE, *layers.SETTINGS, *places.PROBES, *generality.FIRST)
            found = first_word(simple, evidence)
        if found[1] or text:
            return found if found[1] else ("a slip", text)
    text = mend(evidence)
    name, easy = first_word(generality.EASY, evidence)
    if easy:
        return name, f"{easy} {text}".strip()
    if not text and answers and not evidence.late():
        found = first_word(layers.PROBES[:1], evidence)
        if found[1]:
            return found
        text = _said(searches, lambda s, t: s.two(seconds=t))
    if text:
        return "a slip", text
    if not answers:
        return first_word((*errors.LATER, *generality.LATER), evidence)
    late = (*layers.PROBES[1:], *values.LATER, *generality.LATER, *places.LATER)
    return first_word(late, evidence)


def _searches(evidence: Evidence) -> list[Search]:
    """The right programs with the question whether a changed one gives the learner's results."""
    if any(t.answer is not None and t.answer.garbage for t in evidence.trials):
        return []
    fits = _gives(evidence.trials)
    layers = {
        name: {child for child, _ in arg.named_children()}
        for name, arg in zip(evidence.names, evidence.trials[0].goal.case.args, strict=True)
        if isinstance(arg, nn.Module)
    }
    return [Search(program, fits, layers) for program in right_programs(evidence.exercise)]


def _said(searches: list[Search], ask: Callable[[Search, float], str]) -> str:
    """The sentence of the first search that finds something."""
    for search in searches:
        share = SECONDS / len(searches)
        said = _searched(lambda s=search, t=share: ask(s, t))
        if said:
            first = said[0] if said[0] == "`" else said[0].upper()
            return f"{first}{said[1:]}: that gives exactly your result."
    return ""


def mend(evidence: Evidence) -> str:
    """The change of the learner's own lines that makes them right on all inputs."""
    program = of_function(evidence.function)
    if program is None or not evidence.trials:
        return ""
    right = right_programs(evidence.exercise)[0]
    sizes = [
        f"{name}.shape[{axis}]"
        for name, arg in zip(evidence.names, evidence.trials[0].goal.case.args, strict=True)
        if isinstance(arg, torch.Tensor)
        for axis in range(arg.ndim)
    ]
    sizes += [n for n, a in zip(evidence.names, evidence.trials[0].goal.case.args, strict=True)
              if isinstance(a, int)]  # fmt: skip
    fits = _right_on(evidence.trials)
    found = _searched(lambda: mends(program, right, fits, seconds=SECONDS, sizes=sizes))
    if not found or not found[0]:
        return ""
    said, line, text = found
    return f"Look at {text} in line {line}: {said}."


def _searched(search: Callable[[], Any]) -> Any:
    """The result of a search that runs under guard: a changed program may never end."""
    found: list[Any] = []
    error = in_time(lambda: found.append(search()), seconds=3 * SECONDS, by_line=False)
    if type(error) is KeyboardInterrupt:
        raise error
    return found[0] if found else ""  # a search that stumbles finds nothing: the verdict stands


def _gives(trials: list[Trial]) -> Callable[[Callable[..., Any]], bool]:
    """Whether a program gives the learner's results: values where there are, errors where not."""
    ordered = sorted(trials, key=lambda t: (t.answer is None or t.right, _size(t)))

    def fits(function: Callable[..., Any]) -> bool:
        for trial in ordered:
            try:
                made = plain(function(*map(copied, trial.goal.case.args)), trial.goal.want)
            except Exception:
                if trial.answer is not None:
                    return False
                continue
            if trial.answer is None or not same(trial.answer, made, trial.goal.share):
                return False
        return True

    return fits


def _right_on(trials: list[Trial]) -> Callable[[Callable[..., Any]], bool]:
    ordered = sorted(trials, key=lambda t: (t.right, _size(t)))

    def fits(function: Callable[..., Any]) -> bool:
        for trial in ordered:
            made = plain(function(*map(copied, trial.goal.case.args)), trial.goal.want)
            if not trial.goal.fits(made):
                return False
        return True

    return fits


def _size(trial: Trial) -> int:
    return sum(t.numel() for t in trial.goal.target.tensors)

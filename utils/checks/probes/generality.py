"""Right for some inputs alone: one picture, square maps, one head, the sizes of the example."""

# A lambda keeps a loop's value by a default, whose type mypy does not infer.
# mypy: disable-error-code="misc"

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from utils.checks.answers import Answer
from utils.checks.compare import same
from utils.checks.exercise import Case
from utils.checks.probes.formulas import sizes
from utils.checks.probes.probe import Probe
from utils.checks.trial import Evidence, Trial, goal, try_on


def batch_mixed(evidence: Evidence) -> Iterator[str]:
    """Each picture alone is right, the batch is not."""
    for trial in evidence.trials:
        count = _batch(evidence, trial)
        if trial.right or count < 2:
            continue
        ones = [_alone(evidence, trial, place, count) for place in range(count)]
        if any(one is None for one in ones):
            continue
        trials = [
            try_on(evidence.exercise, evidence.function, goal(evidence.exercise, one))
            for one in ones
            if one
        ]
        if all(t.right for t in trials):
            how = "it stops" if trial.outcome.error is not None else "they are mixed up"
            yield (
                f"Each picture alone comes out right; with {count} in one batch {how}. "
                "Every picture is for itself."
            )
        return


def _batch(evidence: Evidence, trial: Trial) -> int:
    names, shapes = evidence.exercise.axes.split(), trial.goal.want.shapes
    return shapes[0][0] if shapes and names[0] == "b" else 0


def _alone(evidence: Evidence, trial: Trial, place: int, count: int) -> Case | None:
    """The case with one picture of the batch; None where the reference does not agree with that."""
    args = tuple(_picked(arg, place, count) for arg in trial.goal.case.args)
    case = Case(f"picture {place} alone", args)
    try:
        alone = goal(evidence.exercise, case)
    except Exception:
        return None
    whole = Answer(tuple(t[place : place + 1] for t in trial.goal.target.tensors))
    return case if same(whole, alone.target, 1e-4) else None


def _picked(arg: Any, place: int, count: int) -> Any:
    if isinstance(arg, Tensor) and arg.ndim > 2 and arg.shape[0] == count:
        return arg[place : place + 1].clone()
    return arg


def easy_inputs(evidence: Evidence) -> Iterator[str]:
    """Right on an input that hides the mistake, with what is special about it."""
    if all(t.right for t in evidence.trials):
        return
    hidden = []
    for said, args in evidence.exercise.easy().items():
        case = Case(said, args)
        if try_on(evidence.exercise, evidence.function, goal(evidence.exercise, case)).right:
            hidden.append(said)
    if hidden:
        yield f"Your answer is right for {' and '.join(hidden)}, and not in general."


def some_inputs(evidence: Evidence) -> Iterator[str]:
    """What the inputs on which it is right have in common, and the others have not."""
    right = [t for t in evidence.trials if t.right]
    wrong = [t for t in evidence.trials if not t.right]
    if not right or not wrong:
        return
    few = len(right) < 2 or len(wrong) < 2
    for said, holds, sure in _features(evidence):
        if few and not sure:
            continue
        try:
            if all(map(holds, right)) and not any(map(holds, wrong)):
                yield f"Your answer is right where {said}, and wrong where not."
                return
            if all(map(holds, wrong)) and not any(map(holds, right)):
                yield f"Your answer goes wrong where {said}; it is right elsewhere."
                return
        except (KeyError, IndexError, TypeError):
            continue
    good = "; ".join(t.goal.case.said for t in right)
    bad = "; ".join(t.goal.case.said for t in wrong)
    yield f"Your answer is right on: {good}. It is wrong on: {bad}. What is different there?"


def _features(evidence: Evidence) -> Iterator[tuple[str, Callable[[Trial], bool], bool]]:
    """Questions about an input; whether one input on each side is enough to say it."""
    yield from ((said, holds, True) for said, holds in _kinds(evidence))
    yield from ((said, holds, False) for said, holds in _sizes(evidence))


def _kinds(evidence: Evidence) -> Iterator[tuple[str, Callable[[Trial], bool]]]:
    """What the arguments are: None, a word, with a 0 in them."""
    for place, name in enumerate(evidence.names):
        values = [t.goal.case.args[place] for t in evidence.trials]
        if any(v is None for v in values):
            yield f"`{name}` is None", lambda t, p=place: t.goal.case.args[p] is None
        if all(isinstance(v, str) for v in values):
            for word in dict.fromkeys(values):
                yield f"`{name}` is {word!r}", lambda t, p=place, w=word: t.goal.case.args[p] == w
        for attribute in ("kind", "stride", "bias", "shift_size"):
            if all(hasattr(v, attribute) for v in values):
                for word in dict.fromkeys(repr(getattr(v, attribute))[:40] for v in values):
                    yield (
                        f"`{name}.{attribute}` is {word}",
                        lambda t, p=place, a=attribute, w=word: (
                            repr(getattr(t.goal.case.args[p], a))[:40] == w
                        ),
                    )
        if all(isinstance(v, tuple) and len(v) == 2 and isinstance(v[0], int) for v in values):
            yield f"`{name}` holds a 0", lambda t, p=place: 0 in t.goal.case.args[p]
        if all(isinstance(v, tuple) and v and isinstance(v[0], str) for v in values):
            yield f"`{name}` has one entry", lambda t, p=place: len(t.goal.case.args[p]) == 1


def _sizes(evidence: Evidence) -> Iterator[tuple[str, Callable[[Trial], bool]]]:
    """How large the arguments are."""
    for place, name in enumerate(evidence.names):
        values = [t.goal.case.args[place] for t in evidence.trials]
        if all(isinstance(v, tuple) and len(v) == 2 and isinstance(v[0], int) for v in values):
            yield f"`{name}` is square", lambda t, p=place: len(set(t.goal.case.args[p])) == 1
        if all(isinstance(v, Tensor) and v.ndim == 4 for v in values):
            yield (
                f"both sides of `{name}` are even",
                lambda t, p=place: not any(side % 2 for side in t.goal.case.args[p].shape[1:3]),
            )
    shared = set.intersection(*(set(sizes(t, evidence.names)) for t in evidence.trials))
    for key in sorted(shared, key=lambda k: (len(k), k)):
        if "shape" not in key:
            for number in (0, 1, 2, 3, 4):
                yield (
                    f"{key} is {number}",
                    lambda t, k=key, n=number: sizes(t, evidence.names)[k] == n,
                )
            yield f"{key} is even", lambda t, k=key: sizes(t, evidence.names)[k] % 2 == 0
    for a in sorted(shared):
        for b in sorted(shared):
            if a < b and "shape" not in a + b:
                yield (
                    f"{a} and {b} are equal",
                    lambda t, a=a, b=b: sizes(t, evidence.names)[a] == sizes(t, evidence.names)[b],
                )
                yield (
                    f"{a} is larger than {b}",
                    lambda t, a=a, b=b: sizes(t, evidence.names)[a] > sizes(t, evidence.names)[b],
                )


def nan_values(evidence: Evidence) -> Iterator[str]:
    """Values that are no numbers on some inputs alone."""
    trials = [t for t in evidence.comparable if not t.right]
    if trials and all(
        not bool(torch.isfinite(y).all())
        for t in trials
        for y in (t.answer.tensors if t.answer else ())
    ):
        where = f"where the input was {trials[0].goal.case.said}"
        alone = all(t.right for t in evidence.trials if t not in trials)
        place = where if alone and len(trials) < len(evidence.trials) else "here"
        yield (
            f"Your result is not a number (nan) or infinite {place}: something is divided by 0, or "
            "every key is forbidden."
        )


FIRST = (Probe("no number", nan_values), Probe("batch mixed", batch_mixed))
EASY = (Probe("easy inputs", easy_inputs),)
LATER = (Probe("some inputs", some_inputs),)

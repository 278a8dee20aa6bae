"""The right places with other values: a factor, a term, another function, another precision."""

# A lambda keeps a loop's value by a default, whose type mypy does not infer.
# mypy: disable-error-code="misc"

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from utils.checks.answers import Answer
from utils.checks.compare import largest, same
from utils.checks.probes.formulas import named
from utils.checks.probes.probe import Probe
from utils.checks.trial import Evidence, Trial

Bend = Callable[[Tensor], Tensor]
ENOUGH = 2  # inputs on which a fit must be exact

# Each is what was done to the right result.
FUNCTIONS: dict[str, Bend] = {
    "with the sign turned": lambda t: -t,
    "squared": lambda t: t * t,
    "inverted (1 / x)": lambda t: 1 / t,
    "with its absolute value taken": lambda t: t.abs(),
    "under a root": lambda t: t.abs().sqrt(),
    "put through exp": lambda t: t.exp(),
    "put through log": lambda t: t.log(),
    "put through a ReLU": lambda t: t.relu(),
    "put through a sigmoid": lambda t: t.sigmoid(),
    "put through tanh": lambda t: t.tanh(),
    "put through a GELU": lambda t: functional.gelu(t),
    "put through a GELU (tanh form)": lambda t: functional.gelu(t, approximate="tanh"),
    "put through a SiLU": lambda t: functional.silu(t),
    "clamped to 0 … 1": lambda t: t.clamp(0, 1),
    "clamped to −1 … 1": lambda t: t.clamp(-1, 1),
    "rounded": lambda t: t.round(),
    "rounded down": lambda t: t.floor(),
    "cut off after the point": lambda t: t.trunc(),
    "normalized over its last axis": lambda t: functional.layer_norm(t, t.shape[-1:]),
    "divided by its length over the last axis": lambda t: functional.normalize(t, dim=-1),
}
# Each is what is still to be done to the learner's result.
MISSING: dict[str, Bend] = {
    "a root": lambda y: y.abs().sqrt(),
    "a square": lambda y: y * y,
    "a tanh": lambda y: y.tanh(),
    "a sigmoid": lambda y: y.sigmoid(),
    "a ReLU": lambda y: y.relu(),
    "an absolute value": lambda y: y.abs(),
    "a layer norm over the last axis": lambda y: functional.layer_norm(y, y.shape[-1:]),
    "a division by the length over the last axis": lambda y: functional.normalize(y, dim=-1),
}
PRECISIONS = {"float16": torch.float16, "bfloat16": torch.bfloat16}


def every(evidence: Evidence, bend: Callable[[Trial], Any], *, missing: bool = False) -> bool:
    """Whether the bent target is the learner's result on all inputs, and more than the target is.

    With `missing` it is the learner's result that is bent, and then right.
    """
    trials = complete(evidence)
    for trial in trials:
        try:
            bent = bend(trial)
        except (RuntimeError, IndexError, TypeError, ValueError):
            return False
        if bent is None:
            return False
        made = Answer(tuple(bent))
        goal = trial.goal.target if missing else trial.answer
        assert goal is not None, "a comparable trial has an answer"
        if not same(made, goal, trial.goal.share):
            return False
    return bool(trials)


def complete(evidence: Evidence) -> list[Trial]:
    """The trials to compare; none where one that answered has another shape, or only one is there.

    What is said must hold on every input on which there is an answer.
    """
    trials = evidence.comparable
    few = len(trials) < min(ENOUGH, len(evidence.trials))
    return [] if few or len(trials) < len(evidence.answered) else trials


def constants(evidence: Evidence) -> Iterator[str]:
    """The same everywhere: zeros, ones, one number."""
    for number, said in ((0.0, "0"), (1.0, "1")):
        if every(evidence, lambda t, n=number: [torch.full_like(x, n) for x in _targets(t)]):
            yield f"Your result is {said} everywhere."


def inputs(evidence: Evidence) -> Iterator[str]:
    """An argument that comes back, is added, or is missing."""
    for place, name in enumerate(evidence.names):
        if not all(isinstance(t.goal.case.args[place], Tensor) for t in evidence.comparable):
            continue
        bends: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
            f"Your result is `{name}` itself, unchanged.": lambda t, x: x,
            f"Your result is the right one plus `{name}`: a residual too many.": torch.add,
            f"Your result is the right one minus `{name}`: the residual, `{name} + ...`, is "
            "missing (or subtracted too often).": lambda t, x: t - x,
            f"Your result is `{name}` minus the right one: the sides of a difference have "
            "changed places.": lambda t, x: x - t,
            f"Your result is the right one times `{name}`.": lambda t, x: t * x,
            f"Your result is the right one minus twice `{name}`: it is subtracted where it is "
            "added.": lambda t, x: t - 2 * x,
        }
        for said, bend in bends.items():

            def bent(trial: Trial, bend: Any = bend, place: int = place) -> list[Tensor] | None:
                x = trial.goal.case.args[place]
                targets = _targets(trial)
                if any(t.shape != x.shape for t in targets):
                    return None
                return [bend(t, x) for t in targets]

            if every(evidence, bent):
                yield said


def functions(evidence: Evidence) -> Iterator[str]:
    """The target put through a function that people know."""
    yield from _softmaxes(evidence)
    if all(len(t.unique()) < 4 for trial in evidence.comparable for t in _targets(trial)):
        return  # too few values to tell one function from another
    for said, bend in FUNCTIONS.items():
        if every(evidence, lambda trial, bend=bend: [bend(t) for t in _targets(trial)]):
            yield f"Your result is the right one {said}."
    for said, bend in MISSING.items():
        if every(evidence, lambda t, bend=bend: [bend(y) for y in _yours(t)], missing=True):
            yield f"With {said} at the end it would be right: it is missing."


def _softmaxes(evidence: Evidence) -> Iterator[str]:
    """A softmax, or a sum that runs on, along one of the axes."""
    for axis, name in enumerate(evidence.exercise.axes.split()):
        if every(evidence, lambda trial, a=axis: [t.softmax(a) for t in _targets(trial)]):
            yield f"Your result is the softmax of the right one over `{name}`: one too many."
        if every(evidence, lambda trial, a=axis: [t.log_softmax(a) for t in _targets(trial)]):
            yield f"Your result is the log-softmax of the right one over `{name}`."
        if every(evidence, lambda trial, a=axis: [t.cumsum(a) for t in _targets(trial)]):
            yield f"Your result adds the right one up along `{name}` (cumsum)."
        if every(evidence, lambda t, a=axis: [x.softmax(a) for x in _yours(t)], missing=True):
            yield f"A softmax over `{name}` at the end would make it right: it is missing."


def means(evidence: Evidence) -> Iterator[str]:
    """One number for all cells of an axis."""
    for axis, name in enumerate(evidence.exercise.axes.split()):
        for kind in ("mean", "sum"):

            def bent(trial: Trial, axis: int = axis, kind: str = kind) -> list[Tensor]:
                return [getattr(t, kind)(axis, keepdim=True).expand_as(t) for t in _targets(trial)]

            if every(evidence, bent):
                yield f"All cells along `{name}` get the same: the {kind} of the right values."


def factors(evidence: Evidence, *, unnamed: bool = False) -> Iterator[str]:
    """Everywhere the target times a number, plus a number, or both; the number by its name."""
    trials = complete(evidence)
    if not trials:
        return
    ratios, shifts = [], []
    for trial in trials:
        t, y = (
            torch.cat([x.double().flatten() for x in xs]) for xs in (_targets(trial), _yours(trial))
        )
        power = float((t * t).sum())
        ratios.append(float((t * y).sum()) / power if power else 1.0)
        shifts.append(float((y - t).mean()) if t.numel() else 0.0)

    def scaled(trial: Trial) -> list[Tensor]:
        ratio = ratios[trials.index(trial)]
        return [t.double() * ratio for t in _targets(trial)]

    def shifted(trial: Trial) -> list[Tensor]:
        shift = shifts[trials.index(trial)]
        return [t.double() + shift for t in _targets(trial)]

    if any(abs(r - 1) > 1e-4 for r in ratios) and all(ratios) and every(evidence, scaled):
        formula = named(ratios, evidence, trials)
        if formula or unnamed:
            numbers = ", ".join(f"{r:.4g}" for r in ratios)
            yield (
                f"Your result is everywhere {formula} times the target."
                if formula
                else f"On each input your result is the target times one number: {numbers}."
            )
    if any(shifts) and every(evidence, shifted):
        formula = named(shifts, evidence, trials) if all(shifts) else ""
        if formula or unnamed:
            yield f"Your result is everywhere the target plus {formula or 'one number'}."


def one_number_each(evidence: Evidence) -> Iterator[str]:
    """A factor or a term that no formula names: another number on each input."""
    yield from factors(evidence, unnamed=True)


def per_axis(evidence: Evidence) -> Iterator[str]:
    """Each cell of one axis times, or plus, a number of its own."""
    axes = evidence.exercise.axes.split()
    trials = evidence.comparable
    for axis, name in enumerate(axes):
        others = [a for a in range(len(axes)) if a != axis]
        wide = all(t.shape[axis] > 1 for trial in trials for t in _targets(trial))
        if not wide or not others:
            continue

        def scaled(trial: Trial, others: list[int] = others) -> list[Tensor]:
            made = []
            for t, y in zip(_targets(trial), _yours(trial), strict=True):
                power = (t * t).sum(others, keepdim=True).double()
                made.append(t.double() * (t.double() * y).sum(others, keepdim=True) / power)
            return made

        def shifted(trial: Trial, others: list[int] = others) -> list[Tensor]:
            pairs = zip(_targets(trial), _yours(trial), strict=True)
            return [t.double() + (y.double() - t).mean(others, keepdim=True) for t, y in pairs]

        if every(evidence, scaled):
            yield (
                f"Along `{name}` each cell of your result is the right one times a number of its "
                f"own: a weight per `{name}` is missing, or one too many."
            )
        if every(evidence, shifted):
            yield (
                f"Along `{name}` each cell of your result is the right one plus a number of its "
                f"own: a bias per `{name}` is missing, or one too many."
            )


def precision(evidence: Evidence) -> Iterator[str]:
    """Right to two or three digits, in numbers that are no float32."""
    trials = complete(evidence)
    for name, dtype in PRECISIONS.items():
        if (
            trials
            and not all(trial.right for trial in trials)
            and all(
                torch.equal(y.to(dtype).to(y.dtype), y)
                and largest(y.double() - t) <= 0.02 * max(largest(t), 1e-30)
                for trial in trials
                for t, y in zip(_targets(trial), _yours(trial), strict=True)
            )
        ):
            yield f"Your values are right but rough: they are computed in {name}, not in float32."


def parts_exchanged(evidence: Evidence) -> Iterator[str]:
    """Two of several results in each other's place."""
    parts = evidence.exercise.parts
    trials = evidence.comparable
    for one in range(len(parts)):
        for other in range(one + 1, len(parts)):

            def bent(trial: Trial, one: int = one, other: int = other) -> list[Tensor]:
                made = list(_targets(trial))
                made[one], made[other] = made[other], made[one]
                return made

            if trials and every(evidence, bent):
                yield f"{parts[one]} and {parts[other]} have changed places in what you return."


def whole_numbers(evidence: Evidence) -> Iterator[str]:
    """Results that are numbers: each the right one times or plus what a formula gives."""
    trials = [t for t in evidence.trials if t.answer is not None and t.answer.numbers]
    if len(trials) < max(ENOUGH, len(evidence.answered)):
        return
    pairs = [(t.goal.target.numbers, t.answer.numbers) for t in trials if t.answer is not None]
    if len({y for _, y in pairs}) == 1:
        yield f"Your result is {pairs[0][1]} everywhere, whatever the input is."
        return
    if all(y == t[::-1] for t, y in pairs):
        yield "The numbers are right and in the opposite order."
        return
    said = []
    for place in range(len(pairs[0][0])):
        column = [(t[place], y[place]) for t, y in pairs]
        if all(t == y for t, y in column):
            continue
        if not all(t and y for t, y in column):
            steps = {y - t for t, y in column}
            if len(steps) > 1:
                return
        formula = ""
        if all(t and y for t, y in column):
            formula = named([y / t for t, y in column], evidence, trials)
        steps = {y - t for t, y in column}
        if formula and len(steps) != 1:
            said.append(f"number {place + 1} is {formula} times the right one")
        elif len(steps) == 1:
            said.append(f"number {place + 1} is off by {next(iter(steps)):+d} everywhere")
        else:
            return
    if said:
        text = " and ".join(said)
        yield f"{text[0].upper()}{text[1:]}."


def _targets(trial: Trial) -> tuple[Tensor, ...]:
    return trial.goal.target.tensors


def _yours(trial: Trial) -> tuple[Tensor, ...]:
    assert trial.answer is not None, "a comparable trial has an answer"
    return trial.answer.tensors


FIRST = (
    Probe("the input itself", inputs),
    Probe("one number everywhere", constants),
    Probe("results exchanged", parts_exchanged),
    Probe("a number off", whole_numbers),
    Probe("a factor or a term", factors),
)
SIMPLE = (
    Probe("a function too many or missing", functions),
    Probe("rough arithmetic", precision),
)
LATER = (
    Probe("one number for each input", one_number_each),
    Probe("one value for an axis", means),
    Probe("a weight or bias", per_axis),
)

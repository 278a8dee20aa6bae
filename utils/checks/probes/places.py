"""All the right values in other places: which rearrangement turns the target into the result."""

# A lambda keeps a loop's value by a default, whose type mypy does not infer.
# mypy: disable-error-code="misc"

from collections.abc import Callable, Iterator
from itertools import combinations, permutations, product

import torch
from torch import Tensor

from utils.checks.probes.probe import Probe
from utils.checks.probes.values import complete, every
from utils.checks.trial import Evidence, Trial

MOST_FACTORS = 6


def axes_exchanged(evidence: Evidence) -> Iterator[str]:
    """The right values with two axes exchanged: by permute, or by a reshape that moves nothing."""
    names = evidence.exercise.axes.split()
    if _all(evidence, lambda t: t.shape == t.shape) and _every_shape(evidence):
        return
    for order in permutations(range(len(names))):
        if order != tuple(range(len(names))) and _gives(evidence, lambda t, o=order: t.permute(o)):
            shape = ", ".join(names[axis] for axis in order)
            wanted = ", ".join(names)
            yield f"The values are right, but your axes are ({shape}) where ({wanted}) is wanted."


def flattened(evidence: Evidence) -> Iterator[str]:
    """The right values in the right order under another shape."""
    if not _every_shape(evidence) and _gives(evidence, lambda t: t.flatten(), flat=True):
        yield "The values are right and in the right order; only the shape is another one."


def permuted(evidence: Evidence) -> Iterator[str]:
    """The same shape: two axes exchanged on the way, seen only where they are of equal length, or
    a reshape in the place of a permute."""
    names = evidence.exercise.axes.split()
    for order in permutations(range(len(names))):
        if order == tuple(range(len(names))):
            continue
        shown = " ".join(names[axis] for axis in order)
        if every(evidence, lambda t, o=order: [x.permute(o).reshape(x.shape) for x in _targets(t)]):
            yield (
                "All the right values are there, in other places: they lie in memory as "
                f"`{shown}` where `{' '.join(names)}` is wanted. A reshape does not move an axis; "
                "permute or rearrange does."
            )


def not_cropped(evidence: Evidence) -> Iterator[str]:
    """The right result with something around it, or a part of it alone."""
    names = evidence.exercise.axes.split()
    trials = [t for t in evidence.answered if not t.right]
    if not trials or any(t.comparable for t in trials):
        return
    for larger in (True, False):
        fits = [_within(trial, larger=larger) for trial in trials]
        if all(fits):
            axes = [name for place, name in enumerate(names) if any(place in f for f in fits)]
            along = " and ".join(f"`{name}`" for name in axes)
            yield (
                f"Your result holds the right one and more along {along}: it is to be cropped."
                if larger
                else f"Your result is a part of the right one: it ends too early along {along}."
            )


def _within(trial: Trial, *, larger: bool) -> list[int]:
    """The axes along which the target is cut out of the result (or the other way around)."""
    assert trial.answer is not None, "answered"
    axes: list[int] = []
    for t, y in zip(_targets(trial), trial.answer.tensors, strict=True):
        big, small = (y, t) if larger else (t, y)
        if big.ndim != small.ndim or any(
            a < b for a, b in zip(big.shape, small.shape, strict=True)
        ):
            return []
        for place in ("start", "center", "end"):
            part = big
            for axis, side in enumerate(small.shape):
                rest = big.shape[axis] - side
                begin = {"start": 0, "center": rest // 2, "end": rest}[place]
                part = part.narrow(axis, begin, side)
            if bool(torch.isclose(part.double(), small.double(), rtol=1e-4, atol=1e-5).all()):
                axes += [a for a in range(big.ndim) if big.shape[a] != small.shape[a]]
                break
        else:
            return []
    return axes


def flipped(evidence: Evidence) -> Iterator[str]:
    """Turned around along one axis or two."""
    names = evidence.exercise.axes.split()
    for count in (1, 2):
        for axes in combinations(range(len(names)), count):
            if every(evidence, lambda t, a=axes: [x.flip(a) for x in _targets(t)]):
                along = " and ".join(f"`{names[axis]}`" for axis in axes)
                yield f"Your result is the right one, backwards along {along}."


def rolled(evidence: Evidence) -> Iterator[str]:
    """Moved around the ends of one axis or two."""
    names = evidence.exercise.axes.split()
    trials = complete(evidence)
    if not trials:
        return
    first = trials[0].goal.target.tensors[0]
    steps = [range(-(side // 2), side // 2 + 1) for side in first.shape]
    for one, other in [(a, a) for a in range(len(names))] + list(
        combinations(range(len(names)), 2)
    ):
        for dy, dx in product(steps[one], steps[other] if other != one else (0,)):
            hit = (dy or dx) and _rolled_by(trials[0], (one, other), (dy, dx))
            if hit and all(_some_roll(trial, (one, other)) for trial in trials):
                moved = f"{dy:+d} along `{names[one]}`"
                moved += f" and {dx:+d} along `{names[other]}`" if dx else ""
                yield f"Your result is the right one, rolled by {moved} (on the first input)."
                return


def _rolled_by(trial: Trial, axes: tuple[int, int], steps: tuple[int, ...]) -> bool:
    assert trial.answer is not None, "a comparable trial has an answer"
    return all(
        bool(torch.isclose(t.roll(steps, axes), y.to(t.dtype), rtol=1e-5, atol=1e-6).all())
        for t, y in zip(_targets(trial), trial.answer.tensors, strict=True)
    )


def _some_roll(trial: Trial, axes: tuple[int, int]) -> bool:
    """Whether some roll of these axes makes it; one by nothing counts, where a shift is 0."""
    sides = [range(trial.goal.target.tensors[0].shape[axis]) for axis in axes]
    if axes[0] == axes[1]:
        return any(_rolled_by(trial, axes, (step, 0)) for step in sides[0])
    return any(_rolled_by(trial, axes, steps) for steps in product(*sides))


def factors_reordered(evidence: Evidence) -> Iterator[str]:
    """An axis that is made of two factors, read with the inner one outside."""
    names = evidence.exercise.axes.split()
    trials = complete(evidence)
    for axis, name in enumerate(names):
        for turn in (_turned, _dealt):
            wrong = [trial for trial in trials if not trial.right]
            if wrong and all(_turns(turn, trial, axis) for trial in trials):
                side = wrong[0].goal.target.tensors[0].shape[axis]
                yield (
                    f"All the right values are there, in other places: along `{name}` ({side} in "
                    "all) the inner factor is read as the outer one, column by column where it is "
                    "row by row."
                )
                return
    for one, other in combinations(range(len(names)), 2):
        if other == one + 1 and every(
            evidence,
            lambda t, a=one: [x.transpose(a, a + 1).reshape(x.shape) for x in _targets(t)],
        ):
            yield (
                f"All the right values are there, in other places: `{names[one]}` and "
                f"`{names[other]}` are read in the other order."
            )


def _turns(turn: Callable[[Tensor, int, int], Tensor], trial: Trial, axis: int) -> bool:
    """Whether some factor of the axis makes it; a right trial counts, a side of one never does."""
    if trial.right:
        return True
    side = trial.goal.target.tensors[0].shape[axis]
    factors = [d for d in range(2, side) if side % d == 0]
    return any(
        _all_same([turn(t, axis, factor) for t in _targets(trial)], trial) for factor in factors
    )


def _turned(x: Tensor, axis: int, factor: int) -> Tensor:
    """The axis as (a b) read as (b a)."""
    split = x.unflatten(axis, (x.shape[axis] // factor, factor))
    return split.transpose(axis, axis + 1).flatten(axis, axis + 1)


def _dealt(x: Tensor, axis: int, factor: int) -> Tensor:
    """The other way around."""
    split = x.unflatten(axis, (factor, x.shape[axis] // factor))
    return split.transpose(axis, axis + 1).flatten(axis, axis + 1)


def batch_reordered(evidence: Evidence) -> Iterator[str]:
    """The rows of the first axis in another order: pictures or groups mixed up."""
    names = evidence.exercise.axes.split()
    trials = [t for t in complete(evidence) if t.difference is not None]
    for axis, name in enumerate(names):
        for trial in trials:
            sides = {t.shape[axis] for t in _targets(trial)}
            if len(sides) != 1 or not sides <= {2, 3, 4}:
                break
            orders = [o for o in permutations(range(min(sides))) if list(o) != sorted(o)]
            picked = (
                [t.index_select(axis, torch.tensor(o)) for t in _targets(trial)] for o in orders
            )
            if not any(_all_same(made, trial) for made in picked):
                break
        else:
            if trials:
                yield f"The right slices are there along `{name}`, in another order."


def some_results(evidence: Evidence) -> Iterator[str]:
    """Of several results some are right and some are not."""
    parts = evidence.exercise.parts
    trials = complete(evidence)
    if not parts or not trials:
        return
    good = [
        place for place in range(len(parts)) if all(_same_part(trial, place) for trial in trials)
    ]
    if good:
        bad = [part for place, part in enumerate(parts) if place not in good]
        right = " and ".join(parts[place] for place in good)
        verb = "is" if len(good) == 1 else "are"
        yield f"Of your results {right} {verb} right; {' and '.join(bad)} not."


def _same_part(trial: Trial, place: int) -> bool:
    assert trial.answer is not None, "a comparable trial has an answer"
    t, y = _targets(trial)[place], trial.answer.tensors[place]
    return bool(torch.isclose(t.double(), y.double(), rtol=1e-4, atol=1e-5).all())


def only_there(evidence: Evidence) -> Iterator[str]:
    """Wrong in one part alone: the last row, the second picture, one channel."""
    names = evidence.exercise.axes.split()
    trials = [t for t in complete(evidence) if t.difference is not None]
    if evidence.exercise.parts:
        return
    for axis, name in enumerate(names):
        said = [_parts(trial, axis) for trial in trials]
        shared = [one for one in said[0] if all(one in other for other in said)] if said else []
        if shared:
            yield f"Your result is right but for {shared[0].format(name=name)}."


def _parts(trial: Trial, axis: int) -> list[str]:
    """Where along an axis it is wrong, in words; of two places one has two names."""
    assert trial.answer is not None, "a comparable trial has an answer"
    t, y = trial.goal.target.tensors[0].double(), trial.answer.tensors[0].double()
    side = t.shape[axis]
    if side < 2:
        return []
    most = trial.goal.share * max(float(t.abs().nan_to_num(posinf=0).max()), 1e-30)
    wrong = ~(((t - y).abs() <= most) | (t == y))
    others = [a for a in range(t.ndim) if a != axis]
    at = (wrong.sum(others) > 0) if others else wrong
    places = at.nonzero().flatten().tolist()
    named = {
        "the first place along `{name}`": [0],
        "the last place along `{name}`": [side - 1],
        "both ends of `{name}`": [0, side - 1] if side > 2 else [],
        "`{name}`, of which only the first place is right": list(range(1, side)),
    }
    return [said for said, wanted in named.items() if wanted == places]


def _all_same(made: list[Tensor], trial: Trial) -> bool:
    assert trial.answer is not None, "a comparable trial has an answer"
    return all(
        one.shape == y.shape
        and bool(torch.isclose(one.double(), y.double(), rtol=1e-5, atol=1e-6).all())
        for one, y in zip(made, trial.answer.tensors, strict=True)
    )


def _every_shape(evidence: Evidence) -> bool:
    return bool(evidence.answered) and len(evidence.comparable) == len(evidence.answered)


def _gives(evidence: Evidence, bend, *, flat: bool = False) -> bool:  # type: ignore[no-untyped-def]
    """Whether the bent target is the result on every answered input, in the bent shape."""
    seen = 0
    for trial in evidence.answered:
        answer = trial.answer
        if answer is None or len(answer.tensors) != len(_targets(trial)):
            return False
        for t, y in zip(_targets(trial), answer.tensors, strict=True):
            made, got = bend(t), y.flatten() if flat else y
            if made.shape != got.shape:
                return False
            if not bool(torch.isclose(made.double(), got.double(), rtol=1e-5, atol=1e-6).all()):
                return False
            seen += 1
    return seen > 0


def _all(evidence: Evidence, holds) -> bool:  # type: ignore[no-untyped-def]
    return all(holds(t) for trial in evidence.trials for t in _targets(trial))


def _targets(trial: Trial) -> tuple[Tensor, ...]:
    return trial.goal.target.tensors


PROBES = (
    Probe("axes exchanged", axes_exchanged),
    Probe("another shape", flattened),
    Probe("not cropped", not_cropped),
    Probe("backwards", flipped),
    Probe("rolled", rolled),
    Probe("factors of an axis exchanged", factors_reordered),
    Probe("axes read in another order", permuted),
    Probe("slices in another order", batch_reordered),
)
LATER = (Probe("some results", some_results), Probe("wrong in one part", only_there))

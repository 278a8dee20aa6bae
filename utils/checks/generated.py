"""Answers made by code: right ones in five styles, wrong ones by each probe and by one slip.

The bench and the tests judge them. What was done to make an answer wrong is known, so that the
checker's sentence can be held against it.
"""

import functools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from utils.checks.answers import Answer, plain
from utils.checks.compare import same
from utils.checks.copies import copied
from utils.checks.exercise import Exercise
from utils.checks.slips.program import Program
from utils.checks.slips.search import changed_sources
from utils.checks.slips.solution import right_programs
from utils.checks.trial import goals

Function = Callable[..., Any]


@dataclass(frozen=True)
class Made:
    """An answer, how it was made, and the words that must stand in the sentence about it."""

    kind: str  # "right", or the family of what is wrong
    said: str
    function: Function
    words: tuple[str, ...] = ()  # one of these


class Called:
    """An object that can be called."""

    def __init__(self, function: Function) -> None:
        self.function = function

    def __call__(self, *args: Any) -> Any:
        return self.function(*args)


def right_answers(exercise: Exercise) -> list[Made]:
    """The printed solution as it is, and as a lambda, a partial, an object, a wrapped function."""
    function = right_programs(exercise)[0].function()

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    styles: dict[str, Function] = {
        "as printed": function,
        "a lambda": lambda *args: function(*args),
        "a partial": functools.partial(function),
        "an object": Called(function),
        "decorated without wraps": wrapped,
    }
    return [Made("right", said, made) for said, made in styles.items()]


BENDS: dict[str, tuple[Callable[[Tensor], Tensor], tuple[str, ...]]] = {
    "values: times 2.5": (lambda t: 2.5 * t, ("2.5 times",)),
    "values: sign turned": (lambda t: -t, ("-1 times", "sign")),
    "values: plus 3": (lambda t: t + 3, ("plus 3",)),
    "values: zeros": (torch.zeros_like, ("0 everywhere",)),
    "values: softmax too many": (lambda t: t.softmax(-1), ("softmax",)),
    "values: tanh too many": (lambda t: t.tanh(), ("tanh",)),
    "values: ReLU too many": (lambda t: t.relu(), ("ReLU",)),
    "values: GELU too many": (lambda t: functional.gelu(t), ("GELU",)),
    "values: half precision": (lambda t: t.half().float(), ("float16",)),
    "places: backwards": (lambda t: t.flip(-1), ("backwards", "opposite", "places", "order")),
    "places: rolled": (lambda t: t.roll(1, -1), ("rolled", "places", "backwards", "order")),
    "places: axes exchanged": (
        lambda t: t.transpose(-1, -2),
        ("your axes are", "places", "order", "another shape"),
    ),
    "places: reshaped": (
        lambda t: t.transpose(-1, -2).reshape(t.shape),
        ("places", "order", "column by column", "backwards"),
    ),
    "values: infinite": (lambda t: t / 0, ("nan", "infinite")),
}


def wrong_answers(exercise: Exercise, *, slips: int = 6) -> Iterator[Made]:
    """The right answer with one thing done to it, by every family that can be applied."""
    function = right_programs(exercise)[0].function()
    yield from _bent(exercise, function)
    yield from _conduct(exercise, function)
    yield from _slipped(exercise, slips)


def _bent(exercise: Exercise, function: Function) -> Iterator[Made]:
    each = goals(exercise)
    if any(goal.want.numbers or goal.target.tensors[0].dtype == torch.bool for goal in each):
        return
    few = any(len(t.unique()) < 4 for goal in each for t in goal.target.tensors)
    for said, (bend, words) in BENDS.items():
        if few and words[0] in ("tanh", "ReLU", "GELU"):
            continue  # of too few values one function looks like another

        def wrong(*args: Any, bend: Any = bend) -> Any:
            value = function(*args)
            if isinstance(value, Tensor):
                return bend(value)
            return tuple(bend(part) for part in value)

        if all(_differs(wrong, goal) for goal in each):
            yield Made(said.partition(":")[0], said, wrong, words)


def _conduct(exercise: Exercise, function: Function) -> Iterator[Made]:
    def writes(*args: Any) -> Any:
        value = function(*args)
        for arg in args:
            if isinstance(arg, Tensor) and arg.is_floating_point():
                arg.add_(1.0)
        return value

    def draws(*args: Any) -> Any:
        value = function(*args)
        parts = [value] if isinstance(value, Tensor) else list(value)
        made = [p + torch.randn(p.shape) if isinstance(p, Tensor) else p for p in parts]
        return made[0] if isinstance(value, Tensor) else made

    def cuts(*args: Any) -> Any:
        with torch.no_grad():
            return function(*args)

    def resets(*args: Any) -> Any:
        torch.set_default_dtype(torch.float64)
        return function(*args)

    first = exercise.cases()[0].args
    if any(isinstance(arg, Tensor) for arg in first):
        yield Made("conduct", "writes into an argument", writes, ("writes into",))
        yield Made("conduct", "draws at random", draws, ("Two calls",))
    if exercise.gradients:
        yield Made("gradients", "under no_grad", cuts, ("gradient",))
    yield Made("conduct", "sets the default dtype", resets, ("set_default_dtype",))


def _slipped(exercise: Exercise, most: int) -> Iterator[Made]:
    """The printed solution with one change, of those that give another result everywhere."""
    program = right_programs(exercise)[0]
    sources = list(changed_sources(program))
    random.Random(exercise.name).shuffle(sources)
    found = 0
    for said, tree in sources:
        if found == most:
            return
        try:
            wrong = Program(tree, exercise.name, program.scope).function()
            differs = all(_differs(wrong, goal) for goal in goals(exercise))
        except Exception:
            continue
        if differs:
            found += 1
            yield Made("slips", said, wrong)


def _differs(wrong: Function, goal: Any) -> bool:
    """Whether a function answers, and otherwise than is right."""
    try:
        answer = plain(wrong(*map(copied, goal.case.args)), goal.want)
    except Exception:
        return False
    usable = bool(answer.tensors or answer.numbers) and not answer.problem
    return usable and not same(answer, Answer(goal.target.tensors, goal.target.numbers), goal.share)

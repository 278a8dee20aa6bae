"""What an exercise is: data that the checker reads, one small module per exercise."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from torch import nn


@dataclass(frozen=True)
class Case:
    """One input on which the learner's function is compared, and how to speak of it."""

    said: str
    args: tuple[Any, ...]


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that people really give, so that it can be called by its name."""

    name: str
    why: str  # one or two sentences: what this computes, and what to think about
    function: Callable[..., Any]


@dataclass(frozen=True)
class Whole:
    """Where the learner's function goes in a whole model that has recorded official outputs."""

    case: str  # a name of utils.reference.list_cases()
    install: Callable[[nn.Module, Callable[..., Any]], AbstractContextManager[None]]
    tolerance: float = 1e-5  # mean |difference| / standard deviation; of float32 in this model


@dataclass(frozen=True)
class Exercise:
    """Everything about one exercise; the learner's function carries its `name`."""

    name: str
    title: str
    difficulty: int  # 1 (a warm-up) to 5 (a puzzle)
    minutes: int
    why: str
    reference: Callable[..., Any]
    cases: Callable[[], list[Case]]  # made when asked for: importing the course makes no tensors
    axes: str  # the names of the result's axes, in the letters of the course
    mistakes: tuple[Mistake, ...]
    hints: tuple[str, str, str]
    solution: str
    parts: tuple[str, ...] = ()  # names of the results where there are several: q, k, v
    view: str = ""  # einops pattern that lays the result out as a picture of two axes
    whole: Whole | None = None
    may_call: tuple[str, ...] = ()  # modules of `utils` that the answer may use
    gradients: bool = False  # whether the text asks that gradients pass through
    floats: bool = True  # whether whole numbers of the right values are wrong where floats come
    ways: tuple[str, ...] = ()  # other right programs, from which wrong ones are told as well
    handled: Callable[[tuple[Any, ...]], str] | None = (
        None  # what was done wrong with the arguments
    )
    easy: Callable[[], dict[str, tuple[Any, ...]]] = dict  # inputs that hide a mistake: "square"
    room: Callable[..., int] | None = None  # from the arguments: the most numbers in one tensor

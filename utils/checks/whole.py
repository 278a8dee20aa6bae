"""The learner's block inside a whole model with reference weights: are the numbers still right?"""

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from numbers import Integral
from typing import Any

import numpy as np
import torch
from einops import rearrange
from torch import Tensor, nn

from utils.checkpoints import load_official
from utils.checks.exercise import Whole
from utils.checks.files import kind_of, line_of, said_by
from utils.checks.guard import TooLong, in_time, quiet
from utils.models import create_model
from utils.models.gmflow import Flow
from utils.reference import read_case, recipe
from utils.reference.cases import Case
from utils.tracing import Parting, Trace, diff, trace

SECONDS = 3.0  # for one pass; small inputs have shown that the answer comes to its end
TRACING = 2.0  # seconds: a trace that takes longer is left out


_made: set[str] = set()  # the cases whose models are or were in memory


@dataclass(frozen=True)
class Verdict:
    """Whether the model still gives the published numbers; None where it took too long to say."""

    equal: bool | None
    text: str
    folded: str = ""  # where in the model the runs part: to be shown on demand


@dataclass(frozen=True)
class Ready:
    """A filled model with its case and a few thousand values of every module's output."""

    model: nn.Module  # never handed out: an answer gets a copy
    case: Case
    values: dict[tuple[str, int], np.ndarray]

    @cached_property
    def run(self) -> Trace:
        """The reference run, line by line: made when the first wrong answer asks for it."""
        with torch.no_grad():
            return trace(copy.deepcopy(self.model), *self.case.inputs)

    @property
    def name(self) -> str:
        count = sum(p.numel() for p in self.model.parameters())
        return f"The whole {self.case.model} ({count:,} parameters, reference weights)"


@lru_cache(maxsize=2)
def ready(name: str) -> Ready:
    """The model of a recorded case, made and run once."""
    case = read_case(name)
    with torch.device("meta"):  # no time for random numbers that are overwritten at once
        model = create_model(case.model, **case.overrides)
    model = model.to_empty(device="cpu").eval()
    load_official(model, case.state_dict())
    values: dict[tuple[str, int], np.ndarray] = {}

    def keep(call: tuple[str, int], output: Tensor) -> None:
        values[call] = recipe.sample(output)

    with _heard(model, keep), torch.no_grad():
        model(*case.inputs)
    _made.add(name)
    return Ready(model, case, values)


def slow(whole: Whole) -> bool:
    """Whether the model has still to be made: that takes a second or two."""
    return whole.case not in _made


def try_in_whole(whole: Whole, function: Callable[..., Any]) -> Verdict:
    """Run a copy of the whole model with `function` in its place."""
    made = ready(whole.case)
    function = _as_the_model_wants(function)
    model = copy.deepcopy(made.model)
    parted: list[str] = []
    outputs: list[Tensor] = []

    def compare(call: tuple[str, int], output: Tensor) -> None:
        near = call not in made.values or _near(made.values[call], output, whole.tolerance)
        if not parted and not near:
            parted.append(call[0])

    def work() -> None:
        with _heard(model, compare), torch.no_grad():
            outputs.extend(_official(model(*(x.clone() for x in made.case.inputs))))

    with whole.install(model, function), quiet():
        error = in_time(work, seconds=SECONDS, by_line=False)
    if type(error) is KeyboardInterrupt:
        raise error
    if isinstance(error, TooLong):
        text = f"{made.name} was stopped after {SECONDS:g} s: correct so far, but slow."
        return Verdict(None, text)
    if error is not None:
        where = line_of(error)
        told = f"{kind_of(error)}: {said_by(error)}" + (f", at {where}" if where else "")
        return Verdict(False, f"{made.name} cannot run with your block: {told}")
    recorded = made.case.outputs.values()
    # numpy's maximum, not Python's: it lets no nan get lost
    off = np.max([one.difference(ours) for one, ours in zip(recorded, outputs, strict=True)])
    if off < whole.tolerance:
        said = f"{whole.tolerance:.0e}".replace("e-0", "e-")
        text = f"{made.name} gives the published numbers: equal within {said}: True"
        return Verdict(True, text)
    place = parted[0] if parted else "its last step"
    text = (
        f"{made.name} no longer gives the published numbers: they are off by {off:.2g} of their "
        f"standard deviation, and first part from them at `{place}`."
    )
    return Verdict(False, text, _line_that_parts(whole, made, function))


def _line_that_parts(whole: Whole, made: Ready, function: Callable[..., Any]) -> str:
    """The first line of the learner's at which the run leaves the reference run, as a sentence.

    Empty where the runs part in a line of the model, which is not to blame, or where it takes long.
    """
    partings: list[Parting | None] = []

    def work() -> None:
        right = made.run
        with whole.install(model, function), torch.no_grad():
            partings.append(diff(right, trace(model, *made.case.inputs)))

    model = copy.deepcopy(made.model)
    with quiet():
        in_time(work, seconds=TRACING, by_line=False)
    parting = partings[0] if partings else None
    if parting is None or parting.line is None or _is_of_the_model(parting.file):
        return ""
    return f"Line by line, the runs part {parting.sentence()}"


def _as_the_model_wants(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function with Python's whole numbers and float32, where numpy's or float64 came."""

    def fitted(value: Any) -> Any:
        if isinstance(value, Tensor):
            return value.float() if value.dtype == torch.float64 else value
        if isinstance(value, (list, tuple)):
            return tuple(map(fitted, value))
        return int(value) if isinstance(value, Integral) else value

    def answer(*args: Any, **kwargs: Any) -> Any:
        return fitted(function(*args, **kwargs))

    return answer


def _is_of_the_model(file: str) -> bool:
    return file.startswith("utils/") and not file.startswith("utils/checks/exercises/")


@contextmanager
def _heard(model: nn.Module, listen: Callable[[tuple[str, int], Tensor], None]) -> Iterator[None]:
    """Hand over every module's output with its path and call, in the order they are finished."""
    calls: Counter[str] = Counter()

    def hook(path: str) -> Callable[..., None]:
        def heard(module: nn.Module, inputs: Any, output: Any) -> None:
            calls[path] += 1
            output = output[0] if isinstance(output, tuple) else output
            if isinstance(output, Tensor):
                listen((path, calls[path]), output)

        return heard

    handles = [m.register_forward_hook(hook(path)) for path, m in model.named_modules() if path]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _official(output: Any) -> list[Tensor]:
    """A model's answer laid out as the authors' code does: planes for maps, GMFlow's last flow."""
    if isinstance(output, Tensor):
        return [output]
    if isinstance(output, Flow):
        return [output.flow]
    return [rearrange(features, "b h w c -> b c h w") for features in output]


def _near(reference: np.ndarray, output: Tensor, tolerance: float) -> bool:
    values = recipe.sample(output)
    if values.shape != reference.shape:
        return False
    return bool(np.abs(values - reference).mean() <= tolerance * max(reference.std(), 1e-12))

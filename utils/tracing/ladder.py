"""`show_ladder`: one operation three times, as loops, plain and fast, with what each costs."""

import dis
import html
import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from types import FunctionType
from typing import Any, get_type_hints

import numpy as np
import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

import utils.fast  # noqa: F401 - registers the fast forms
from utils.errors import ConfigError
from utils.reference import twins
from utils.switch import FORMS, plain_forms, switched_on
from utils.tracing.fitting import fitted
from utils.tracing.source import definition, show_source
from utils.tracing.titles import first_sentence

CLOSE = 1e-5  # of the largest value: float32 beside float64
SECONDS, MOST = 0.2, 50  # how long a form is timed, and how often at most
WIDTHS = {1: 100, 2: 66, 3: 40}  # letters of a row where so many forms share a cell at 1280 pixels
SIZES = (2, 3, 4, 5, 6, 7, 8, 9)  # of axes in the order of their names: no two the same


@dataclass(frozen=True)
class Rung:
    """One form: its code, what it says of itself, its time, how far it is from the plain one."""

    name: str
    text: str
    said: str
    seconds: float
    off: float


@dataclass(frozen=True)
class Ladder:
    """The forms of one operation, as the last value of a cell."""

    operation: str
    rungs: tuple[Rung, ...]

    def __repr__(self) -> str:
        """What is the same on every machine: no times."""
        parts = [
            f"{one.name}: {len(one.text.splitlines())} lines, equal: {one.off <= CLOSE}"
            for one in self.rungs
        ]
        return f"{self.operation}: {'; '.join(parts)}"

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        before = (None, *self.rungs)
        width = WIDTHS[len(self.rungs)]
        pairs = zip(self.rungs, before, strict=False)
        columns = "".join(_column(one, than, width=width) for one, than in pairs)
        grid = "display:grid;gap:8px 14px;grid-template-columns:"
        grid += "repeat(auto-fit,minmax(min(100%,264px),1fr))"
        return {"text/html": f'<div style="{grid}">{columns}</div>', "text/plain": repr(self)}


def show_ladder(op: Callable, *, example: tuple | None = None, **settings: Any) -> Ladder:
    """Loops, plain and fast form of an operation side by side, with times and what changed.

    The loops are those of `utils.reference.twins`, the fast form is the one registered for it; what
    there is none of is left out. All run on `example` and `settings`; without an example, tensors
    are drawn by the annotation, where that says enough.
    Raises: ConfigError for what has neither, and where an example is needed.

    >>> from utils.ops import cyclic_shift
    >>> show_ladder(cyclic_shift, shift_size=(1, 1)).operation
    'cyclic_shift'
    """
    plain = definition(op)
    assert not isinstance(plain, type), "a class is no operation"
    name = f"{plain.__module__}.{plain.__qualname__}"
    twin = getattr(twins, plain.__name__, None)
    form = FORMS.get(name)
    if twin is None and form is None:
        raise ConfigError(
            f"{plain.__qualname__} came, which has one form alone",
            allowed="a ladder needs loops in utils.reference.twins or a fast form",
            mend="show_source shows it; with a fast form: "
            + ", ".join(sorted(FORMS)[:8] or ["none"]),
        )
    inputs = example if example is not None else _drawn(plain, settings)
    with torch.no_grad():
        with plain_forms():
            right = op(*inputs, **settings)
            rungs = [_rung("plain", plain, lambda: op(*inputs, **settings), right, plain)]
        if twin is not None:
            arrays, words = tree_map(_as_array, (inputs, settings))
            rungs.insert(0, _rung("loops", twin, lambda: twin(*arrays, **words), right, twin))
        if form is not None:
            with switched_on():
                run = form.run
                rungs.append(_rung("fast", run, lambda: run(*inputs, **settings), right, run))
    return Ladder(plain.__qualname__, tuple(rungs))


def _rung(name: str, shown: Any, run: Callable[[], Any], right: Any, says: Any) -> Rung:
    """Run once to compare, and again to measure; loops, which take long, once."""
    started = time.perf_counter()
    off = _apart(run(), right)
    times = [time.perf_counter() - started]
    if name != "loops":
        times = []
        while sum(times) < SECONDS and len(times) < MOST:
            started = time.perf_counter()
            run()
            times.append(time.perf_counter() - started)
    doc = inspect.getdoc(definition(says)) or ""
    said = " ".join(doc.split(">>>")[0].split()) if name == "fast" else first_sentence(doc)
    return Rung(name, show_source(*_with_helpers(shown)).text, said, median(times), off)


def _with_helpers(function: Any) -> list[Callable]:
    """A function and those of its own file that it calls, each once."""
    found = [definition(function)]
    for one in found:  # which grows on the way
        for name in _globals_read(one):
            other = getattr(one, "__globals__", {}).get(name)
            is_own = isinstance(other, FunctionType) and other.__module__ == one.__module__
            if is_own and definition(other) not in found:
                found.append(definition(other))
    return found


def _globals_read(function: Any) -> list[str]:
    """Names of the file that a function reads; the attributes of the same name are none."""
    steps = dis.get_instructions(function) if hasattr(function, "__code__") else ()
    return list(dict.fromkeys(step.argval for step in steps if step.opname == "LOAD_GLOBAL"))


def _apart(found: Any, right: Any) -> float:
    """The largest difference of two results, as a part of the largest value."""
    pairs = list(zip(_numbers(found), _numbers(right), strict=True))
    most = max((float(np.abs(b).max()) for _, b in pairs if b.size), default=0.0) or 1.0
    gaps = [float(np.abs(a - b).max()) for a, b in pairs if b.size]
    return max(gaps, default=0.0) / most


def _numbers(value: Any) -> list[np.ndarray]:
    arrays = (_as_array(part) for part in tree_leaves(value))
    return [
        np.asarray(part, dtype=np.float64) for part in arrays if np.ndim(part) or part is not None
    ]


def _as_array(value: Any) -> Any:
    return value.detach().double().cpu().numpy() if isinstance(value, Tensor) else value


def _drawn(function: Callable, settings: dict[str, Any]) -> tuple[Tensor, ...]:
    """Random tensors by the annotation: each axis has a length of its own."""
    hints = get_type_hints(function)
    sizes: dict[str, int] = {}
    drawn = []
    source = torch.Generator().manual_seed(0)
    for name, parameter in inspect.signature(function).parameters.items():
        if name in settings or parameter.default is not parameter.empty:
            continue
        said = getattr(hints.get(name), "dim_str", "?").split()
        axes = [axis for axis in said if not axis.startswith(("...", "*"))]
        if not all(axis.isidentifier() or axis.isdigit() for axis in axes):
            raise ConfigError(
                f"{function.__name__} came without an example",
                allowed=f"the annotation says nothing of what {name} could be",
                mend="pass example=(...), and settings by their names",
            )
        for axis in axes:
            sizes.setdefault(axis, int(axis) if axis.isdigit() else SIZES[len(sizes) % len(SIZES)])
        drawn.append(torch.randn([sizes[axis] for axis in axes], generator=source))
    return tuple(drawn)


def _column(one: Rung, than: Rung | None, *, width: int) -> str:
    """A form beside the one before it, rows of `width` letters."""
    times = than.seconds / one.seconds if than else 1.0
    said = f"{times:,.0f}" if times >= 10 else f"{times:.1f}"
    faster = f", {said} × as fast as {than.name}" if than and not 0.8 < times < 1.2 else ""
    milliseconds = 1e3 * one.seconds
    spent = f"{milliseconds:,.0f}" if milliseconds >= 100 else f"{milliseconds:.2g}"
    # marked as a time: what is compared from machine to machine leaves it out
    took = f"<time>{spent} ms{faster}</time>"
    equal = "equal" if one.off <= CLOSE else f"off by {one.off:.1g} of the largest value"
    pre = "white-space:pre;word-break:normal;overflow-x:auto;font-size:11px;margin:4px 0"
    code = html.escape("\n".join(fitted(enumerate(one.text.splitlines()), {}, width)))
    return (
        f'<div style="min-width:0;text-align:left"><b>{one.name}</b>: {took}; {equal}'
        f'<pre style="{pre}">{code}</pre><p>{html.escape(one.said)}</p></div>'
    )

"""`diff(a, b)`: the first line at which two runs part."""

from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from difflib import SequenceMatcher

import numpy as np

from utils.errors import ConfigError
from utils.tracing.facts import Facts
from utils.tracing.tracer import Trace
from utils.tracing.tree import Call, Line, Value

TOLERANCE = 1e-5  # of a standard deviation, as in all gates
LOOSER = 20.0  # one value is off by more than the mean, and an extreme more than the middle


@dataclass(frozen=True, eq=False)
class Parting:
    """Where two runs part, and how. `line` is that of the second run; None: what came in."""

    kind: str  # "shape", "value", or "word" for what is no tensor
    path: str  # of the module that ran
    function: str  # whose line it is
    file: str
    line: Line | None
    caller: Line | None  # the last line that both runs have, where `line` is not in both
    name: str
    said: str
    origin: tuple[int, str] | None = None  # of what came in: the line that made it, its name there
    sign: "Parting | None" = None  # the first number or word that differed on the way there

    def __str__(self) -> str:
        row = f" ({self.file}, row {self.line.row})" if self.line is not None else ""
        return f"The runs part {self.sentence(row)}"

    def sentence(self, row: str = "") -> str:
        """Where and how, without a row of a file: "at `x = f(x)` in forward of head: ..."."""
        where = f"{self.function} of {self.path or 'the model'}"
        at = f"at `{_one_row(self.line)}` in" if self.line is not None else "with what goes into"
        by = f", called by `{_one_row(self.caller)}`" if self.caller is not None else ""
        sign = self.sign
        before = f" Before that, in {sign.function}, {sign.said}." if sign is not None else ""
        return f"{at} {where}{row}{by}: {self.said}.{before}"

    __repr__ = __str__


def diff(a: Trace, b: Trace, *, tolerance: float = TOLERANCE) -> Parting | None:
    """The first line at which run `b` parts from run `a`; None where they agree to the end.

    Two runs part where the same name has another shape, or values off by more than `tolerance`
    standard deviations, in a line that both have, in what a call was given or in what it returned.
    Lines that only one run has (a mask that was made before, a function written in another way)
    do not count by themselves; what comes out of them does. Other dtypes and devices do not count.

    >>> import torch
    >>> from torch import nn
    >>> from utils.tracing import trace
    >>> layer = nn.Linear(3, 5)
    >>> seen = trace(layer, torch.zeros(2, 3))
    >>> diff(seen, trace(layer, torch.zeros(2, 3))) is None
    True
    >>> diff(seen, trace(layer, torch.zeros(4, 3))).said
    '`input` is (4, 3), not (2, 3)'
    """
    for run in (a, b):
        if not isinstance(run, Trace):
            raise ConfigError(
                f"a {type(run).__name__} came to be compared",
                allowed="two runs, as trace(model, *inputs) gives them",
                mend="diff(trace(one, x), trace(other, x))",
            )
    sign = None
    for parting in _calls(a.root, b.root, None, tolerance):
        if parting.kind != "word":
            return replace(_at_its_origin(parting, b), sign=sign)
        sign = sign or parting
    return None  # another word that changes no tensor is no parting


def _calls(a: Call, b: Call, caller: Line | None, tolerance: float) -> Iterator[Parting]:
    """All partings of two calls in the order of execution."""
    for found in _values(a.given, b.given, tolerance, in_order=a.name != b.name):
        value = next(v for v in b.given if v.name == found[1])
        yield replace(_parting(b, None, caller, *found), origin=value.origin)
    for lines_a, lines_b in _aligned(a.lines, b.lines):
        together = len(lines_a) == len(lines_b) == 1 and lines_a[0].text == lines_b[0].text
        inside_a = [call for line in lines_a for call in line.calls]
        inside_b = [call for line in lines_b for call in line.calls]
        for call_a, call_b in _pairs(inside_a, inside_b):
            same = call_a.name == call_b.name
            above = lines_b[0] if together and not same else None
            yield from _calls(call_a, call_b, above, tolerance)
        if together:
            for found in _values(lines_a[0].values, lines_b[0].values, tolerance):
                yield _parting(b, lines_b[0], caller, *found)
    for found in _values(a.returned, b.returned, tolerance, in_order=True):
        yield _parting(b, b.lines[-1] if b.lines else None, caller, *found)


def _at_its_origin(parting: Parting, run: Trace) -> Parting:
    """Where the difference came in with an argument: the line that made this argument."""
    for _, call, line in run.root.walk() if parting.line is None and parting.origin else ():
        if line is not None and parting.origin and line.number == parting.origin[0]:
            name = parting.origin[1]
            said = parting.said.replace(f"`{parting.name}`", f"`{name}`", 1)
            made = _parting(call, line, parting.caller, parting.kind, name, said)
            return replace(made, origin=parting.origin)
    return parting


def _parting(
    call: Call, line: Line | None, caller: Line | None, kind: str, name: str, said: str
) -> Parting:
    file = call.source.file if call.source is not None else ""
    return Parting(kind, call.path, call.name, file, line, caller, name, said)


def _aligned(a: list[Line], b: list[Line]) -> Iterator[tuple[list[Line], list[Line]]]:
    """Lines with the same text one by one; what stands between them together."""
    matcher = SequenceMatcher(None, [x.text for x in a], [x.text for x in b], autojunk=False)
    for sort, a0, a1, b0, b1 in matcher.get_opcodes():
        if sort == "equal":
            yield from (([x], [y]) for x, y in zip(a[a0:a1], b[b0:b1], strict=True))
        else:
            yield a[a0:a1], b[b0:b1]


def _pairs(a: list[Call], b: list[Call]) -> Iterator[tuple[Call, Call]]:
    """Calls that stand for each other: by their place, else by module and name."""
    kinds = [[(call.kind, call.path) for call in calls] for calls in (a, b)]
    if kinds[0] == kinds[1]:
        yield from zip(a, b, strict=True)
        return
    waiting = list(b)
    for call in a:
        for at, other in enumerate(waiting):
            if (call.kind, call.name, call.path) == (other.kind, other.name, other.path):
                yield call, other
                del waiting[: at + 1]
                break


def _values(
    a: list[Value], b: list[Value], tolerance: float, *, in_order: bool = False
) -> Iterator[tuple[str, str, str]]:
    """Kind, name and words of each value that differs; `in_order` where names may be others."""
    words = {v.name: v.text for v in b if v.facts is None}
    for value in a:
        if value.facts is None and words.get(value.name, value.text) != value.text:
            said = f"`{value.name}` is {words[value.name]}, not {value.text}"
            yield "word", value.name, said
    tensors = [[v for v in values if v.facts is not None] for values in (a, b)]
    if in_order and len(tensors[0]) == len(tensors[1]):
        pairs = list(zip(*tensors, strict=True))
    else:
        named = {v.name: v for v in tensors[1]}
        pairs = [(v, named[v.name]) for v in tensors[0] if v.name in named]
    for one, other in pairs:
        assert one.facts is not None, "only tensors were taken"
        assert other.facts is not None, "only tensors were taken"
        said = apart(one.facts, other.facts, tolerance=tolerance)
        if said:
            kind = "shape" if one.facts.shape != other.facts.shape else "value"
            yield kind, other.name, f"`{other.name}` {said}"


def apart(a: Facts, b: Facts, *, tolerance: float = TOLERANCE) -> str:
    """How the second tensor differs from the first, in words; empty where it does not."""
    if a.shape != b.shape:
        return f"is {b.shape}, not {a.shape}"
    one, other = a.moments, b.moments
    if one.mean is None or other.mean is None:
        same = one.bad == other.bad and (one.mean is None) == (other.mean is None)
        return "" if same else f"has {other.bad} values that are not finite, not {one.bad}"
    if one.bad != other.bad:
        return f"has {other.bad} values that are not finite, not {one.bad}"
    off = _off(a, b)
    if off <= tolerance:
        return ""
    return (
        f"is off by {off:.2g} of its standard deviation "
        f"(mean {other.mean:.4g}, was {one.mean:.4g}; std {other.std:.4g}, was {one.std:.4g})"
    )


def _off(a: Facts, b: Facts) -> float:
    """The largest difference, in standard deviations of the first."""
    one, other = a.moments, b.moments
    pairs = zip(astuple(one)[:4], astuple(other)[:4], strict=True)
    mean, std, low, high = (abs(y - x) for x, y in pairs)
    largest = max(abs(one.low or 0.0), abs(one.high or 0.0))
    scale = max(one.std or 0.0, 1e-3 * largest, 1e-12)
    found = [mean, std, low / LOOSER, high / LOOSER]
    if a.sample is not None and b.sample is not None:
        gap = np.abs(np.nan_to_num(a.sample) - np.nan_to_num(b.sample))
        found += [float(gap.mean()), float(gap.max()) / LOOSER]
    if a.fingerprint is not None and b.fingerprint is not None:
        found.append(abs(a.fingerprint - b.fingerprint) / a.numel**0.5)
    return max(found) / scale


def _one_row(line: Line) -> str:
    rows = line.text.splitlines() or ["a line without source"]
    return rows[0] if len(rows) == 1 else f"{rows[0]} …"

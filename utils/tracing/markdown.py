"""A trace as a document: what ran, line for line, with the tensor that each line made."""

from collections.abc import Iterator
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from utils.tracing.facts import Facts
from utils.tracing.tracer import Trace
from utils.tracing.tree import Call, Line, Value

DEEPEST = 6  # headings of Markdown


def markdown(trace: Trace) -> str:
    """The whole document."""
    head = [
        f"# {trace.model}, line by line",
        "",
        f"{trace}.",
        "",
        "Each line of code is followed by the names that it bound or changed. A tensor is given by "
        "its shape, its mean ± standard deviation, its range, and a corner of it. Where a tensor "
        "is no new one, the line that made its storage is named.",
        "",
    ]
    return "\n".join([*head, *_call(trace.root, 2)])


def _call(call: Call, depth: int) -> Iterator[str]:
    heading = "#" * min(depth, DEEPEST)
    yield f"{heading} Start: {call.title}"
    yield ""
    if call.source is not None:
        yield f"*{PurePosixPath(call.source.file)}, row {call.source.first_row}*"
        yield ""
    yield from _values(call.given, "given")
    for line in call.lines:
        yield from _line(line)
        for inner in line.calls:
            yield from _call(inner, depth + 1)
        if line.calls:
            yield f"*Line {line.number} again, after what it called:*" if line.text else ""
            yield ""
        yield from _values(line.values, "")
    if call.is_cut:
        yield "… and more lines, which were not kept."
        yield ""
    if call.note:
        yield f"**{call.note[0].upper()}{call.note[1:]}.**"
        yield ""
    time, size = f"{1e3 * call.seconds:.2f} ms", f"{call.new_bytes / 1e6:.2f} MB new"
    yield f"{heading} End: {call.title}"
    yield ""
    yield f"*{time}, {size}*"
    yield ""


def _line(line: Line) -> Iterator[str]:
    if not line.text:
        return
    extra = f", {line.new_bytes / 1e6:.2f} MB new" if line.new_bytes else ""
    yield f"**{line.number}** · row {line.row} · {1e3 * line.seconds:.2f} ms{extra}"
    yield ""
    yield "```python"
    yield line.text
    yield "```"
    yield ""


def _values(values: list[Value], word: str) -> Iterator[str]:
    for value in values:
        sort = word or value.sort
        if value.facts is None:
            yield f"- `{value.name}` ({sort}) = `{value.text}`"
        else:
            facts, origin = facts_in_words(value.facts), origin_in_words(value)
            yield f"- `{value.name}` ({sort}): {facts}{origin}"
            if value.facts.corner is not None and value.facts.corner.size > 1:
                yield f"  `{value.name}{value.facts.corner_at}` = `{numbers(value.facts.corner)}`"
    if values:
        yield ""


def facts_in_words(facts: Facts) -> str:
    """Shape, type, statistics.

    >>> import torch
    >>> from torch import nn
    >>> from utils.tracing import trace
    >>> facts_in_words(trace(nn.ReLU(), torch.tensor([[-3.0, 3.0]])).root.returned[0].facts)
    '**(1, 2)** float32 on cpu, 1.5 ± 1.5, from 0 to 3'
    """
    said = f"**{facts.shape}** {facts.dtype} on {facts.device}"
    m = facts.moments
    if m.mean is not None:
        said += f", {m.mean:.4g} ± {m.std:.4g}, from {m.low:.4g} to {m.high:.4g}"
    return said + (f", {m.bad:,} values not finite" if m.bad else "")


def origin_in_words(value: Value) -> str:
    """Which earlier tensor this one is, or looks into."""
    if value.origin is None:
        return ""
    line, name = value.origin
    place = f"`{name}` of line {line}" if line else f"`{name}`"
    return f"; {'a view of' if value.is_view else 'the same as'} {place}"


def numbers(corner: NDArray | np.floating) -> str:
    """A corner in four digits, as nested lists."""
    if not isinstance(corner, np.ndarray) or corner.ndim == 0:
        return f"{float(corner):.4g}"
    return f"[{', '.join(numbers(part) for part in corner)}]"

"""A trace as a document: what ran, line for line, with the tensor that each line made."""

import html
import re
import textwrap
from collections.abc import Iterator
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from utils.tracing.facts import Facts
from utils.tracing.run import Run
from utils.tracing.tree import Call, Line, Value

DEEPEST = 4  # headings; what lies deeper is a bold line
CUT = "… and more lines, which were not kept."


def markdown(run: Run) -> str:
    """The whole document."""
    head = [
        f"# {plain(run.model)}, line by line",
        "",
        f"{plain(str(run))}.",
        "",
        "Each line of code is followed by the names that it bound or changed. A tensor is given by "
        "its shape, its mean ± standard deviation, its range, and a few of its numbers. Where a "
        "tensor is no new one, the line that made its storage is named.",
        "",
    ]
    return "\n".join([*head, *_call(run.root, 2)])


def steps(call: Call) -> Iterator[tuple[bool, list[Line]]]:
    """The lines of a call in groups: helpers that follow each other together, all others alone."""
    for is_helper, lines in groupby(call.lines, key=lambda line: line.is_helper):
        together = list(lines)
        if is_helper and len(together) > 1:
            yield True, together
        else:
            yield from ((False, [line]) for line in together)


def _call(call: Call, depth: int) -> Iterator[str]:
    """A call; `depth` is the heading of a module there, functions get no heading of their own."""
    here = depth if call.kind == "module" else DEEPEST + 1
    inner = depth + 1 if call.kind == "module" else depth
    yield from _heading(here, f"Start: {call.title}")
    if call.about:
        yield from (f"{plain(call.about)}.", "")
    if call.described:
        yield from (code(call.described), "")
    if call.source is not None:
        yield from (f"*{plain(call.source.file)}, row {call.source.first_row}*", "")
    yield from _values(call.given, "given")
    for folded, lines in steps(call):
        if folded:
            yield from _folded(lines)
        else:
            yield from _line(lines[0], inner)
    if call.is_cut:
        yield from (CUT, "")
    if call.note:
        yield from (f"**{plain(call.note[0].upper() + call.note[1:])}.**", "")
    time, size = f"{1e3 * call.seconds:.2f} ms", f"{call.new_bytes / 1e6:.2f} MB new"
    yield from _heading(here, f"End: {call.title}")
    yield from (f"*{time}, {size}*", "")


def _heading(depth: int, text: str) -> Iterator[str]:
    words = plain(text)
    yield f"{'#' * depth} {words}" if depth <= DEEPEST else f"**{words}**"
    yield ""


def _folded(lines: list[Line]) -> Iterator[str]:
    """Lines that make no tensor, to be opened by whom it concerns (GitHub, JupyterLab)."""
    texts = [text for line in lines for text in _texts(line, 0)]
    yield f"<details><summary>{len(texts)} lines of sizes and checks</summary>"
    yield ""
    yield from fence("\n".join(texts))
    yield "</details>"
    yield ""


def _texts(line: Line, depth: int) -> Iterator[str]:
    yield textwrap.indent(line.text, "    " * depth)
    for call in line.calls:
        for inner in call.lines:
            yield from _texts(inner, depth + 1)


def _line(line: Line, depth: int) -> Iterator[str]:
    if line.text:
        extra = f", {line.new_bytes / 1e6:.2f} MB new" if line.new_bytes else ""
        title = f" · {plain(line.title)}" if line.title else ""
        yield f"**{line.number}{title}** · row {line.row}, {1e3 * line.seconds:.2f} ms{extra}"
        yield ""
        if line.comment:
            yield from (f"*{plain(line.comment)}*", "")
        yield from fence(line.text)
    for inner in line.calls:
        yield from _call(inner, depth)
    if line.calls and line.text:
        title = f", {plain(line.title)}" if line.title else ""
        yield from (f"*Line {line.number} again{title}, after what it called:*", "")
    yield from _values(line.values, "")


def _values(values: list[Value], word: str) -> Iterator[str]:
    for value in values:
        sort = word or value.sort
        if value.facts is None:
            yield f"- {code(value.name)} ({sort}) = {code(value.text)}"
        else:
            facts, origin = facts_in_words(value.facts), origin_in_words(value)
            yield f"- {code(value.name)} ({sort}): {facts}{origin}"
            shown = value.facts.shown
            earlier = value.origin is not None and value.origin[0] and not value.is_view
            is_told = earlier and sort in ("given", "returned")
            if shown is not None and value.facts.numel > 1 and not is_told:
                yield f"  {code(value.name + shown.corner_at)} = `{numbers(shown.corner)}`"
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
    place = f"{code(name)} of line {line}" if line else code(name)
    return f"; {'a view of' if value.is_view else 'the same as'} {place}"


def numbers(corner: NDArray | np.floating) -> str:
    """A corner in four digits, as nested lists."""
    if not isinstance(corner, np.ndarray) or corner.ndim == 0:
        return f"{float(corner):.4g}"
    return f"[{', '.join(numbers(part) for part in corner)}]"


def plain(text: str) -> str:
    """Words that stay words: one line, and no sign in it means anything to HTML or Markdown but
    the one for code.

    >>> plain("</title><b> *x*")
    '&lt;/title&gt;&lt;b&gt; \\\\*x\\\\*'
    """
    parts = re.split(r"(?<!`)`([^`]+)`(?!`)", " ".join(text.split()))
    return "".join(code(part) if at % 2 else _escaped(part) for at, part in enumerate(parts))


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*\[\]|~$])", r"\\\1", html.escape(text, quote=False))


def code(text: str) -> str:
    """Text as code in a line, also where it holds the sign for code.

    >>> code("a"), code("a`b")
    ('`a`', '`` a`b ``')
    """
    row = " ".join(text.split())
    if "`" not in row:
        return f"`{row or ' '}`"
    sign = "`" * (max(map(len, re.findall("`+", row))) + 1)
    return f"{sign} {row} {sign}"


def fence(text: str, language: str = "python") -> list[str]:
    """Text as a block of code, also where it holds such blocks."""
    sign = "`" * max(3, *(len(run) + 1 for run in re.findall("`{3,}", text)), 3)
    return [f"{sign}{language}", text, sign, ""]

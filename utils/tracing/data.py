"""A run as data for the scripts of the stepper and of the page."""

import base64
import json
from functools import cache
from typing import Any

import matplotlib as mpl
import numpy as np

from utils.cells.look import SEQUENTIAL
from utils.tracing.facts import Facts
from utils.tracing.run import Run
from utils.tracing.slices import Slice
from utils.tracing.tree import Call, Line, Source, Value

CUT = "it ran more lines than are kept"
TONES = 32  # of a picture: enough for the eye, and a page gets a third smaller


def packed(run: Run) -> str:
    """The run as JSON without spaces, which may stand in any place of a page.

    No sign of it means anything to HTML: whatever a class, a text or a file is called, it can
    neither end the element that it stands in nor begin another.
    """
    text = json.dumps(data_of(run), separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def data_of(run: Run) -> dict[str, Any]:
    """All calls, lines, sources and facts in flat lists that name each other by their place."""
    lists = _Lists()
    lists.add_call(run.root)
    return {
        "model": run.model,
        "said": str(run),
        "colors": base64.b64encode(colors()).decode(),
        "calls": lists.calls,
        "lines": lists.lines,
        "sources": lists.sources,
        "facts": lists.facts,
    }


@cache
def colors() -> bytes:
    """The map of the pictures as 256 RGB bytes."""
    return mpl.colormaps[SEQUENTIAL](np.arange(256), bytes=True)[:, :3].tobytes()


class _Lists:
    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.lines: list[Any] = []
        self.sources: list[Any] = []
        self.facts: list[Any] = []
        self.known: dict[int, int] = {}

    def add_call(self, call: Call) -> int:
        at = len(self.calls)
        self.calls.append(None)
        self.calls[at] = {
            "kind": call.kind,
            "name": call.name,
            "path": call.path,
            "about": call.about,
            "described": call.described,
            "source": -1 if call.source is None else self.source(call.source),
            "given": [self.value(value) for value in call.given],
            "returned": [self.value(value) for value in call.returned],
            "note": "; ".join(filter(None, [call.note, CUT if call.is_cut else ""])),
            "seconds": round(call.seconds, 7),
            "newBytes": call.new_bytes,
            "lines": [self.add_line(line) for line in call.lines],
        }
        return at

    def add_line(self, line: Line) -> int:
        at = len(self.lines)
        self.lines.append(None)
        self.lines[at] = {
            "number": line.number,
            "text": line.text,
            "row": line.row,
            "last": line.last_row,
            "title": line.title,
            "comment": line.comment,
            "helper": line.is_helper,
            "values": [self.value(value) for value in line.values],
            "seconds": round(line.seconds, 7),
            "newBytes": line.new_bytes,
            "calls": [self.add_call(call) for call in line.calls],
        }
        return at

    def source(self, source: Source) -> int:
        if id(source) not in self.known:
            self.known[id(source)] = len(self.sources)
            self.sources.append(
                {"file": source.file, "first": source.first_row, "text": source.rows}
            )
        return self.known[id(source)]

    def value(self, value: Value) -> dict[str, Any]:
        return {
            "name": value.name,
            "sort": value.sort,
            "facts": -1 if value.facts is None else self.fact(value.facts),
            "text": value.text,
            "origin": value.origin,
            "isView": value.is_view,
        }

    def fact(self, facts: Facts) -> int:
        if id(facts) not in self.known:
            self.known[id(facts)] = len(self.facts)
            self.facts.append(_fact(facts))
        return self.known[id(facts)]


def _fact(facts: Facts) -> dict[str, Any]:
    m = facts.moments
    low, high = _range(facts)
    return {
        "shape": facts.shape,
        "dtype": facts.dtype,
        "device": facts.device,
        "mean": _rounded(m.mean),
        "std": _rounded(m.std),
        "low": _rounded(m.low),
        "high": _rounded(m.high),
        "bad": m.bad,
        "nbytes": facts.nbytes,
        "ends": [_rounded(low), _rounded(high)],
        "slices": [_slice(one, low, high) for one in facts.slices],
        "opened": facts.opened,
    }


def _range(facts: Facts) -> tuple[float, float]:
    """The smallest and the largest value of all pictures of a tensor: they share one scale."""
    finite = [one.picture[np.isfinite(one.picture)] for one in facts.slices]
    ends = [(float(x.min()), float(x.max())) for x in finite if x.size]
    return min((x for x, _ in ends), default=0.0), max((x for _, x in ends), default=0.0)


def _slice(one: Slice, low: float, high: float) -> dict[str, Any]:
    """A picture as bytes from 0 (the smallest value of all) to 255 (the largest)."""
    scaled = np.nan_to_num((one.picture - low) / ((high - low) or 1.0), posinf=1.0, neginf=0.0)
    tones = ((scaled.clip(0, 1) * (TONES - 1)).round() * 255 / (TONES - 1)).round()
    return {
        "at": one.at,
        "size": one.picture.shape,
        "data": base64.b64encode(tones.astype(np.uint8).tobytes()).decode(),
        "cornerAt": one.corner_at,
        "corner": _nested(one.corner.tolist()),
    }


def _nested(corner: list | float) -> Any:
    """Numbers that JSON can hold, in their lists; what is not finite as a word."""
    if isinstance(corner, list):
        return [_nested(part) for part in corner]
    return float(f"{corner:.5g}") if np.isfinite(corner) else str(corner)


def _rounded(x: float | None) -> float | None:
    return float(f"{x:.5g}") if x is not None and np.isfinite(x) else None

"""A trace as data for the stepper, and as one page that needs nothing else."""

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from utils.tracing.facts import Facts
from utils.tracing.tracer import Trace
from utils.tracing.tree import Call, Line, Source, Value

HERE = Path(__file__).parent
COLORS = HERE.parent / "figures" / "colors.css"  # the one place where colors are defined
SEQUENTIAL = "cividis"
CUT = "it ran more lines than are kept"

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}
body {{ margin: 0; background: #ffffff; }}
#view {{ height: 100vh; }}
#view .trace-stepper {{ max-width: none; height: 100vh; padding: 10px; }}
#view .trace-body {{ grid-template-columns: minmax(200px, 24%) minmax(0, 1fr) 216px; }}
</style>
<body>
<main id="view"></main>
<script type="application/json" id="run">{data}</script>
<script type="module">
{script}
const run = JSON.parse(document.getElementById("run").textContent);
const at = Number(location.hash.slice(1)) || {at};
const moved = (step) => history.replaceState(null, "", `#${{step}}`);
TRACE.stepper(document.getElementById("view"), run, {{ at, moved }}).root.focus();
</script>
</body>
</html>
"""


def page(trace: Trace, *, at: int = 0) -> str:
    """The HTML of the stepper with the whole run in it."""
    return PAGE.format(
        title=f"{trace.model}, line by line",
        style=style_text(),
        script=script_text(),
        data=json.dumps(data_of(trace), separators=(",", ":")).replace("</", "<\\/"),
        at=at,
    )


@cache
def script_text() -> str:
    """The script that page and notebook share."""
    return (HERE / "stepper.js").read_text(encoding="utf-8")


@cache
def style_text() -> str:
    """Its style, with the colors of the course."""
    return "\n".join(file.read_text(encoding="utf-8") for file in (COLORS, HERE / "stepper.css"))


def data_of(trace: Trace) -> dict[str, Any]:
    """All calls, lines, sources and facts in flat lists that name each other by their place."""
    lists = _Lists()
    lists.add_call(trace.root)
    return {
        "model": trace.model,
        "said": str(trace),
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
    corner = [] if facts.corner is None else np.atleast_2d(facts.corner).tolist()
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
        "at": facts.slice_at,
        "picture": None if facts.picture is None else _picture(facts.picture),
        "cornerAt": facts.corner_at,
        "corner": [[_rounded(x) for x in row] for row in corner],
    }


def _rounded(x: float | None) -> float | None:
    return float(f"{x:.5g}") if x is not None and np.isfinite(x) else None


def _picture(values: NDArray) -> dict[str, Any]:
    """A slice as bytes from 0 (its smallest value) to 255 (its largest)."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    scaled = np.nan_to_num((values - low) / ((high - low) or 1.0), posinf=1.0, neginf=0.0)
    return {
        "size": values.shape,
        "low": _rounded(low),
        "high": _rounded(high),
        "data": base64.b64encode((scaled.clip(0, 1) * 255).astype(np.uint8).tobytes()).decode(),
    }

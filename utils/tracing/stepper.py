"""The stepper of a trace in a notebook: the live view, and beside it a still and a sentence."""

from typing import Any, ClassVar

import traitlets
from matplotlib.figure import Figure

from utils.cells import lifetime
from utils.cells.live import LiveView
from utils.cells.look import COLORS, SEQUENTIAL
from utils.cells.output import LIVE_CSS
from utils.tracing.data import packed
from utils.tracing.facts import Facts
from utils.tracing.page import script_text, style_text
from utils.tracing.run import Run
from utils.tracing.tree import Call, Line

SHOW = """
export default { render: ({ model, el }) => {
  const data = JSON.parse(new TextDecoder().decode(model.get("data")));
  const moved = (at) => { model.set("at", at); model.save_changes(); };
  const view = TRACE.stepper(el, data, { at: model.get("at"), moved });
  model.on("change:at", () => view.go(model.get("at")));
} };
"""
ROWS = 20  # of the source on the still
WIDE = 100  # letters of a row


class Stepper(LiveView):
    """Walk through a trace; `at` is the step, counted over starts of calls and lines."""

    _esm: ClassVar[str] = script_text() + SHOW
    _css: ClassVar[str] = style_text() + LIVE_CSS
    hint = "Step with ↓ and ↑; Enter goes into a call, Escape out of it."
    width = 1040
    height = 520
    made_by = "trace(…)"
    data = traitlets.Bytes().tag(sync=True)
    at = traitlets.Int().tag(sync=True)

    def __init__(self, run: Run, *, at: str | None = None) -> None:
        self.trace = run
        self.steps = [(call, line) for _, call, line in run.root.walk()]
        super().__init__(data=packed(run).encode(), at=run.step(at) if at else self._telling())
        self.title = f"{run.model}, line by line"
        lifetime.belongs_to_cell(self)

    def forget(self) -> None:
        self.data = b""

    def _telling(self) -> int:
        """Where to begin: at the first line that makes a shape unlike what came in."""
        given = {v.facts.shape for v in self.trace.root.given if v.facts is not None}
        for at, (_, line) in enumerate(self.steps):
            shapes = {v.facts.shape for v in line.values if v.facts is not None} if line else set()
            if shapes - given:
                return at
        return min(1, len(self.steps) - 1)

    @property
    def sentence(self) -> str:
        """What is shown, in words that are the same on every machine."""
        call, line = self.steps[self.at]
        root = self.trace.root
        modules = sum(1 for one in self.trace.calls() if one.kind == "module")
        ends = f"{_shapes(root.given)} goes in, {_shapes(root.returned)} comes out"
        return f"{self.trace.model}, line by line: {modules} modules ran; {ends}. {_at(call, line)}"

    def draw(self) -> Figure:
        return draw(*self.steps[self.at])

    def __repr__(self) -> str:
        return self.error or self.sentence


def _shapes(values: list[Any]) -> str:
    return ", ".join(str(v.facts.shape) for v in values if v.facts is not None) or "no tensor"


def _at(call: Call, line: Line | None) -> str:
    if line is None:
        return f"At the start of {call.title}."
    made = [f"{v.name} {v.facts.shape}" for v in line.values if v.facts is not None]
    first = line.text.splitlines()[0]
    return f"At `{first}` in {call.path or 'the model'}: {', '.join(made) or 'no tensor'}."


def draw(call: Call, line: Line | None) -> Figure:
    """One step as a figure: source left, tensor right."""
    figure = Figure(figsize=(10.4, 4.0))
    code = figure.add_axes((0.0, 0.0, 0.7, 0.94))
    code.set(xlim=(0, 1), ylim=(ROWS + 1.2, -0.6))
    code.axis("off")
    source = call.source
    rows, first = (source.rows, source.first_row) if source is not None else ([], 0)
    now, last = (line.row, line.last_row) if line is not None else (first, first)
    start = max(0, min(now - first - ROWS // 2, len(rows) - ROWS))
    file = source.file if source is not None else ""
    bold: dict[str, Any] = {"fontweight": "bold", "parse_math": False}
    code.text(0.02, -0.1, _cut(f"{call.title}   {file}"), fontsize=9, va="center", **bold)
    for at, text in enumerate(rows[start : start + ROWS], start=1):
        row = first + start + at - 1
        if now <= row <= last:
            code.axhspan(at - 0.5, at + 0.5, color=COLORS["query"], alpha=0.3, lw=0)
        style: dict[str, Any] = {
            "family": "monospace",
            "fontsize": 8,
            "va": "center",
            "parse_math": False,
        }
        code.text(0.06, at, str(row), ha="right", color="#595959", **style)
        code.text(0.08, at, _cut(text), **style)
    values = line.values if line is not None else call.given
    shown = [(v.name, v.facts) for v in values if v.facts is not None]
    if shown:
        _card(figure, *shown[0])
    return figure


def _cut(text: str) -> str:
    return text if len(text) <= WIDE else f"{text[: WIDE - 1]}…"


def _card(figure: Figure, name: str, facts: Facts) -> None:
    words = f"{name} {facts.shape}"
    figure.text(0.72, 0.88, words, fontsize=9, fontweight="bold", parse_math=False)
    m = facts.moments
    if m.mean is not None:
        words = f"mean {m.mean:.3g}, std {m.std:.3g}\nfrom {m.low:.3g} to {m.high:.3g}"
        figure.text(0.72, 0.04, words, fontsize=8)
    shown = facts.shown
    if shown is not None:
        ax = figure.add_axes((0.72, 0.24, 0.26, 0.58))
        ax.imshow(shown.picture, cmap=SEQUENTIAL, interpolation="nearest", aspect="equal")
        ax.set(xticks=[], yticks=[])
        ax.set_xlabel(f"{name}{shown.at}", fontsize=8, parse_math=False)

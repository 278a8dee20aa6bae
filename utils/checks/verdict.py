"""What the checker answers, as text, as a picture and as points."""

import base64
import html
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from torch import Tensor

from utils.cells.show import png
from utils.checks.picture import draw

Kind = Literal["not attempted", "right", "wrong", "broken"]
SIGNS = {"not attempted": "○", "right": "✔", "wrong": "✘", "broken": "⚠"}
COLORS = {
    "not attempted": "#999999",
    "right": "#009E73",
    "wrong": "#D55E00",
    "broken": "#E69F00",
}


@dataclass(frozen=True)
class Verdict:
    """One of four answers with its reasons; the last value of a cell shows it.

    `lines` begin with the one sentence of the cause; `folded` is shown on demand.
    """

    kind: Kind
    name: str
    lines: list[str]
    mistake: str = ""  # the name of a known mistake
    target: Tensor | None = field(default=None, repr=False)
    yours: Tensor | None = field(default=None, repr=False)
    view: str = ""
    folded: tuple[str, ...] = ()
    probe: str = ""  # the name of the probe that found the cause

    def points(self, most: int | float) -> int | float:
        """All points for a right answer, none for another: a number, which nbgrader reads."""
        return most if self.kind == "right" else 0

    def __repr__(self) -> str:
        known = f" · known mistake: {self.mistake}" if self.mistake else ""
        head = f"{SIGNS[self.kind]} {self.kind} · {self.name}{known}"
        return "\n".join([head, *(f"  {line}" for line in (*self.lines, *self.folded))])

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, Any]:
        head = repr(self).splitlines()[0]
        first, rest = self.lines[:1], self.lines[1:]
        style = f"border-left:4px solid {COLORS[self.kind]};padding:2px 0 2px 10px;line-height:1.5"
        parts = [
            f"<strong>{html.escape(head)}</strong>",
            *(f'<div style="margin:4px 0">{_marked(line)}</div>' for line in first),
            *(f"<div>{_marked(line)}</div>" for line in rest),
            self._image(),
            *(
                f"<details><summary>Inside the whole model</summary>{_marked(line)}</details>"
                for line in self.folded
            ),
        ]
        return {
            "text/plain": repr(self),
            "text/html": f'<div style="{style}">{"".join(parts)}</div>',
        }

    def _image(self) -> str:
        if self.target is None or self.yours is None:
            return ""
        data = base64.b64encode(png(draw(self.target, self.yours, view=self.view))).decode()
        shown = "Two small maps side by side: the target, and yours; cells that differ are framed."
        alt = f"{shown} {self.lines[0]}"
        return (
            f'<img width="720" alt="{html.escape(alt, quote=True)}" '
            f'style="background:white" src="data:image/png;base64,{data}">'
        )


def _marked(line: str) -> str:
    """A line as HTML: all of it escaped, what stands in backticks as code.

    >>> _marked("`x` < 3")
    '<code>x</code> &lt; 3'
    """
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(line))

"""What the checker answers, as text, as a picture and as points."""

import base64
import html
from dataclasses import dataclass, field
from typing import Any, Literal

from torch import Tensor

from utils.checks.picture import draw
from utils.figures.show import png

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
    """One of four answers with its reasons; the last value of a cell shows it."""

    kind: Kind
    name: str
    lines: list[str]
    mistake: str = ""  # the name of a known mistake
    target: Tensor | None = field(default=None, repr=False)
    yours: Tensor | None = field(default=None, repr=False)
    view: str = ""

    def points(self, most: int | float) -> int | float:
        """All points for a right answer, none for another: a number, which nbgrader reads."""
        return most if self.kind == "right" else 0

    def __repr__(self) -> str:
        known = f" · known mistake: {self.mistake}" if self.mistake else ""
        head = f"{SIGNS[self.kind]} {self.kind} · {self.name}{known}"
        return "\n".join([head, *(f"  {line}" for line in self.lines)])

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, Any]:
        head, *rest = repr(self).splitlines()
        body = "".join(f"<div>{html.escape(line.strip())}</div>" for line in rest)
        style = f"border-left:4px solid {COLORS[self.kind]};padding:2px 0 2px 10px;line-height:1.5"
        text = (
            f'<div style="{style}"><strong>{html.escape(head)}</strong>{body}{self._image()}</div>'
        )
        return {"text/plain": repr(self), "text/html": text}

    def _image(self) -> str:
        if self.target is None or self.yours is None:
            return ""
        data = base64.b64encode(png(draw(self.target, self.yours, view=self.view))).decode()
        alt = f"Three small maps: the target, yours, and where they differ. {self.lines[0]}"
        return (
            f'<img width="720" alt="{html.escape(alt, quote=True)}" '
            f'style="background:white" src="data:image/png;base64,{data}">'
        )

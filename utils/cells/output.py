"""What a cell stores of a view: its still in one output, and behind it the live view in another.

Whatever cannot show the live view (before the first run, the day after, a server without widgets,
a printed page) shows the still. Where the live view stands, its style sheet hides the still.
"""

import html
from typing import Any, Protocol, runtime_checkable

from IPython.display import display
from matplotlib.figure import Figure

from utils.cells.plain_torch import plain_torch
from utils.cells.show import invite, picture_bundle

MIME = "application/vnd.jupyter.widget-view+json"
WORDS = 112  # pixels that title and sentence take above and below a still
Bundle = tuple[dict[str, Any], dict[str, Any]]
# A stored live view without its kernel is one line on a missing model: the still stands there.
STYLE = """
.jp-OutputArea-child:has(.course-still) + .jp-OutputArea-child:not(:has(.course-live)) {
  display: none; }
"""
# For the live view's own style sheet: the still in the output before it rests while it stands.
LIVE_CSS = """
.jp-OutputArea-child:has(.course-still):has(+ .jp-OutputArea-child .course-live) { display: none; }
"""


@runtime_checkable
class Showable(Protocol):
    """A view as far as its outputs concern; its `repr` is the sentence of what it shows."""

    title: str
    hint: str  # what to try first
    width: int  # of the whole view, in pixels
    height: int
    error: str  # said in place of a still, "" where there is none
    model_id: str

    def draw(self) -> Figure:
        """The present state as one figure."""


@plain_torch()
def still_of(view: Showable) -> Bundle:
    """The present state as a picture with its words, by type, and metadata."""
    words = repr(view)
    if view.error:
        return {"text/plain": words}, {}
    figure = view.draw()
    invite(figure)
    data, facts = picture_bundle(figure, words, highest=view.height - WORDS)
    size = f"width:{view.width}px;max-width:100%;min-height:{view.height}px"
    data["text/html"] = (
        f'<figure class="course-still" style="margin:0;{size}">'
        f'<div style="margin-bottom:6px"><b>{html.escape(view.title)}</b> '
        f"{html.escape(view.hint)}</div>{data['text/html']}"
        f'<figcaption style="margin-top:6px">{html.escape(words)}</figcaption></figure>'
        f"<style>{STYLE}</style>"
    )
    return data, facts


def live_of(view: Showable) -> Bundle:
    """The live view alone: nothing of it is left where it cannot live."""
    return {MIME: {"version_major": 2, "version_minor": 0, "model_id": view.model_id}}, {}


def show_in_cell(view: Showable) -> None:
    """Both outputs, the still first."""
    for data, facts in (still_of(view), live_of(view)):
        display(data, metadata=facts, raw=True)

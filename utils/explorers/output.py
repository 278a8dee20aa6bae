"""What a cell stores of a view: its still in one output, and behind it the live view in another.

Whatever cannot show the live view (before the first run, the day after, a server without widgets,
a printed page) shows the still. Where the live view stands, its style sheet hides the still.
"""

import html
from typing import TYPE_CHECKING, Any

from IPython.display import display

from utils.explorers.plain_torch import plain_torch
from utils.figures.show import invite, picture_bundle

if TYPE_CHECKING:
    from utils.explorers.base import Explorer

MIME = "application/vnd.jupyter.widget-view+json"
WORDS = 112  # pixels that title and sentence take above and below a still
Bundle = tuple[dict[str, Any], dict[str, Any]]
# A stored live view without its kernel is one line on a missing model: the still stands there.
STYLE = """
.jp-OutputArea-child:has(.course-still) + .jp-OutputArea-child:not(:has(.course-explorer)) {
  display: none; }
"""


@plain_torch()
def still_of(view: "Explorer") -> Bundle:
    """The present state as a picture with its words, by type, and metadata."""
    words = repr(view)
    if view.error:
        return {"text/plain": words}, {}
    figure = view.draw()
    invite(figure)
    data, facts = picture_bundle(figure, words, highest=view.height - WORDS)
    size = f"width:720px;max-width:100%;min-height:{view.height}px"
    data["text/html"] = (
        f'<figure class="course-still" style="margin:0;{size}">'
        f'<div style="margin-bottom:6px"><b>{html.escape(view.title)}</b> '
        f"{html.escape(view.hint)}</div>{data['text/html']}"
        f'<figcaption style="margin-top:6px">{html.escape(words)}</figcaption></figure>'
        f"<style>{STYLE}</style>"
    )
    return data, facts


def live_of(view: "Explorer") -> Bundle:
    """The live view alone: nothing of it is left where it cannot live."""
    return {MIME: {"version_major": 2, "version_minor": 0, "model_id": view.model_id}}, {}


def show_in_cell(view: "Explorer") -> None:
    """Both outputs, the still first."""
    for data, facts in (still_of(view), live_of(view)):
        display(data, metadata=facts, raw=True)

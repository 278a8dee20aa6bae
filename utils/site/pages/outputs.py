"""The stored outputs of a cell as a page shows them: pictures as files, views as places."""

import base64
import html
from typing import Any

from utils.cells.output import MIME
from utils.site.pages.place import call_of, place
from utils.site.pages.stills import Keep, picture, with_files

PICTURES = {"image/png": "png", "image/jpeg": "jpg"}
Output = dict[str, Any]


def shown(cell: dict[str, Any], keep: Keep) -> list[Output]:
    """The outputs of a code cell, each with one form only."""
    source = "".join(cell["source"])
    outputs = [_one(output, source, keep) for output in cell.get("outputs", [])]
    return [output for output in outputs if output is not None]


def _one(output: Output, source: str, keep: Keep) -> Output | None:
    data = output.get("data")
    if data is None or "text/markdown" in data:
        return output
    texts = {kind: "".join(text) for kind, text in data.items() if isinstance(text, str | list)}
    words = texts.get("text/plain", "")
    kind = next((kind for kind in PICTURES if kind in texts), None)
    if "text/html" in texts:
        markup = with_files(texts["text/html"], keep)
        if "course-still" in markup:
            markup = place(markup, call_of(source))
        elif "<table" in markup:
            markup = f'<div class="course-wide" tabindex="0">{markup}</div>'
    elif kind:
        facts = output.get("metadata", {}).get(kind, {})
        image = picture(
            base64.b64decode(texts[kind]),
            PICTURES[kind],
            facts.get("alt", words),
            keep,
            width=facts.get("width"),
        )
        said = html.escape(words)
        markup = f'<figure class="course-still">{image}<figcaption>{said}</figcaption></figure>'
    elif MIME in data:
        return None  # the still stands in the output before it
    else:
        return output
    return {"output_type": "display_data", "metadata": {}, "data": {"text/html": markup}}

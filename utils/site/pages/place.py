"""The place of a view in a page: its still, and what the player needs to make it live."""

import ast
import html
import json
from typing import Any

from utils.site.readings.facts import answers

CALL = "explore"
# Settings that only a running Python can give: such a view stays a still.
FROM_PYTHON = {"model", "frames"}
Call = tuple[str, dict[str, Any]]


def call_of(source: str) -> Call | None:
    """The view and its settings where a cell ends in `explore(...)` with written-out values.

    None where a page could not answer: the view stays a still.

    >>> call_of('explore("claim", claim="swin")')
    ('claim', {'claim': 'swin'})
    >>> call_of('explore("pyramid", model=mine)')
    """
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
    body = ast.parse("\n".join(lines)).body
    last = body[-1].value if body and isinstance(body[-1], ast.Expr) else None
    if not isinstance(last, ast.Call) or getattr(last.func, "id", "") != CALL:
        return None
    if FROM_PYTHON & {str(keyword.arg) for keyword in last.keywords} or len(last.args) != 1:
        return None
    try:
        settings = {str(k.arg): ast.literal_eval(k.value) for k in last.keywords}
        name = ast.literal_eval(last.args[0])
    except ValueError:
        return None
    return (name, settings) if answers(name) else None


def place(still: str, call: Call | None) -> str:
    """The still, and around it what makes it live where there is a call.

    >>> place("<b>s</b>", ("windows", {"shift": 2}))
    '<figure class="course-live" data-view="windows" data-settings="{&quot;shift&quot;: 2}"><b>s</b></figure>'
    """  # noqa: E501 - the element is one line
    if call is None:
        return f'<div class="course-place">{still}</div>'
    name, settings = call
    return (
        f'<figure class="course-live" data-view="{html.escape(name)}" '
        f'data-settings="{html.escape(json.dumps(settings))}">{still}</figure>'
    )

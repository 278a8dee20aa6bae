"""The last touch on every page: what scrolls can be reached by key, and the player's scripts."""

import re
from typing import Any

SCROLLS = re.compile(r'<(?=pre[ >]|div class="table-wrapper)(\w+)(?![^>]*tabindex)')


def reachable(body: str) -> str:
    """A page's body in which everything that may scroll takes the focus.

    >>> reachable("<pre>x</pre>")
    '<pre tabindex="0">x</pre>'
    """
    return SCROLLS.sub(r'<\1 tabindex="0"', body)


def _finish(app: Any, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    if "body" in context:
        context["body"] = reachable(context["body"])


def _scripts(app: Any) -> None:
    for name in app.config.course_scripts:
        app.add_js_file(name, loading_method="defer")


def setup(app: Any) -> dict[str, bool]:
    """Hook both into Sphinx."""
    app.add_config_value("course_scripts", [], "html")
    app.connect("builder-inited", _scripts)
    app.connect("html-page-context", _finish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""A view as one page that needs nothing else: no kernel, no server, no network."""

import html

from utils.explorers.arrays import as_json
from utils.explorers.base import Explorer
from utils.explorers.module import script_json, style_text

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 24px auto; max-width: 720px; padding: 0 8px; background: #ffffff; }}
{style}
</style>
<body>
<main id="view"></main>
<script type="module">
{module}
show({{ model: pageModel({state}), el: document.getElementById("view") }});
</script>
</body>
</html>
"""


def page(view: Explorer) -> str:
    """The HTML of a view whose arithmetic is in its module, in its present state."""
    names = [*view.start, "start", "pixels", "arrays", "sentence", "error"]
    names += ["says"] if hasattr(view, "says") else []
    state = {name: as_json(getattr(view, name)) for name in names}
    return PAGE.format(
        title=html.escape(view.title),
        style=style_text(view.name),
        module=view._esm,
        state=script_json(state),
    )

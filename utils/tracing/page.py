"""A trace as one page to read, to search and to step through, that needs nothing else."""

import base64
import gzip
import html
from functools import cache
from pathlib import Path

from utils.cells.look import COLORS_CSS
from utils.tracing.data import packed
from utils.tracing.run import Run

HERE = Path(__file__).parent

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}
</style>
<body class="course">
<noscript>This page is drawn by its script; the same run as Markdown needs none.</noscript>
<script type="application/gzip" id="run">{data}</script>
<script type="module">
{script}
TRACE.page(document.body, await TRACE.unpacked(document.getElementById("run").textContent), {at});
</script>
</body>
</html>
"""


def page(run: Run, *, at: int = 0) -> str:
    """The HTML with the whole run in it; `at` is the step that it opens at."""
    return PAGE.format(
        title=html.escape(f"{run.model}, line by line"),
        style="\n".join([style_text(), _text("page.css")]),
        script="\n".join([script_text(), _text("page.js")]),
        data=zipped(run),
        at=at,
    )


def zipped(run: Run) -> str:
    """The run, a third as long: letters and digits, the same for the same run."""
    return base64.b64encode(gzip.compress(packed(run).encode(), mtime=0)).decode()


def script_text() -> str:
    """The script that page and notebook share."""
    return _text("stepper.js")


def style_text() -> str:
    """Its style, with the colors of the course."""
    return "\n".join([COLORS_CSS, _text("stepper.css")])


@cache
def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")

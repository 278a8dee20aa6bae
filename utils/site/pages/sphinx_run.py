"""One run of Sphinx over the documents; a warning is an error."""

import io
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from utils.errors import ConfigError

HERE = Path(__file__).parent
ASSETS = ("page.css", "page.js")
LEFT_OUT = ("objects.inv", ".buildinfo")
COLOR = re.compile("\x1b" + r"\[[\d;]*m")


def run_sphinx(source: Path, out: Path, *, scripts: Sequence[str]) -> None:
    """Turn the documents in `source` into pages in `out`, each with these scripts of `_static`.

    Raises: ConfigError with Sphinx's words, where a link leads nowhere or anything else is odd.
    """
    from sphinx.application import Sphinx

    for name in ASSETS:
        shutil.copy(HERE / name, source / "_static" / name)
    said = io.StringIO()
    settings = {"course_scripts": list(scripts), "html_static_path": [str(source / "_static")]}
    app = Sphinx(
        source,
        HERE,
        out,
        source / ".doctrees",
        "html",
        confoverrides=settings,
        status=None,
        warning=said,
    )
    app.build(force_all=True)
    for name in LEFT_OUT:
        (out / name).unlink(missing_ok=True)
    shutil.rmtree(out / "_sources", ignore_errors=True)
    if words := COLOR.sub("", said.getvalue()).replace(f"{source}/", "").strip():
        raise ConfigError(
            f"the documents came with this: {words}",
            allowed="every link of a page leads somewhere, and every cell can be shown",
            mend="mend the notebook or the lesson that is named",
        )

"""A sign that the checker is at work, in a notebook alone; it goes when the verdict comes."""

import contextlib
import html
from collections.abc import Iterator

DONE = "<!-- done -->"  # what stands in place of the sign


@contextlib.contextmanager
def busy(what: str) -> Iterator[None]:
    """Show `what` while something long runs. Outside a notebook, and where it fails, nothing."""
    handle = None
    with contextlib.suppress(Exception):
        from IPython import get_ipython
        from IPython.display import HTML, display

        if getattr(get_ipython(), "kernel", None) is not None:
            sign = HTML(f"<em>⏳ {html.escape(what)}</em>")
            handle = display(sign, display_id=True)
    try:
        yield
    finally:
        with contextlib.suppress(Exception):
            if handle is not None:
                handle.update(HTML(DONE))

"""Links of the course's Markdown, as they have to be on a page."""

import posixpath
import re
from collections.abc import Collection

# Code first, so that a call behind an index in it is no link; a link's words may hold code.
LINK = re.compile(
    r"```.*?```|`[^`\n]+`|(?<!!)\[((?:[^\[\]]|\[[^\]]*\])+)\]\(([^()\s]+)\)", re.DOTALL
)
ELSEWHERE = ("http://", "https://", "#", "mailto:")


def on_page(text: str, page: str, *, pages: Collection[str], files: Collection[str]) -> str:
    """Links to pages stay; those to files of the site are HTML; others are left as their words.

    `page` is the document's path in the course, like "lessons/02_swin/lesson.md"; `pages` and
    `files` are paths of the same kind.

    >>> on_page("[a](b.md) [c](../d.py)", "x/y.md", pages={"x/b.md"}, files=set())
    '[a](b.md) c'
    >>> on_page("`x[0](y)` [`d`](../d.py)", "x/y.md", pages=(), files=())
    '`x[0](y)` `d`'
    """

    def link(found: re.Match[str]) -> str:
        words, target = found.groups()
        if target is None or target.startswith(ELSEWHERE):
            return found[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), target.split("#")[0]))
        if path in pages:
            return found[0]
        return f'<a href="{target}">{words}</a>' if path in files else words

    return LINK.sub(link, text)

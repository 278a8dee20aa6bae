"""The built pages read as a browser reads them: what is wrong with them, in sentences."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ASKS = {"img": "src", "script": "src", "iframe": "src", "source": "src", "video": "src"}
ASKS |= {"link": "href", "audio": "src", "object": "data", "embed": "src", "use": "href"}
QUIET = {"search", "next", "prev", "index", "canonical", "license", "author"}  # of <link rel>
FOREIGN = re.compile(r"^(https?:)?//", re.IGNORECASE)
CSS_ASKS = re.compile(r"(?:url\(\s*|@import\s+)[\"']?((?:https?:)?//[^\"')\s]+)", re.IGNORECASE)
JS_ASKS = re.compile(
    r"(?:fetch|import|importScripts|Worker|open)\(\s*[\"'`]((?:https?:)?//[^\"'`]+)"
    r"|from\s*[\"']((?:https?:)?//[^\"']+)"
    r"|\.(?:src|href)\s*=\s*[\"'`]((?:https?:)?//[^\"'`]+)"
)
FILE_NAME = re.compile(r"^\S*\.(png|jpe?g|webp|svg|gif)$", re.IGNORECASE)


@dataclass
class _Page(HTMLParser):
    """What one page asks for, links to and says of its pictures."""

    asks: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        self.names |= {facts[key] for key in ("id", "name") if key in facts}
        where = facts.get(ASKS.get(tag, ""), "")
        if where and not (tag == "link" and facts.get("rel") in QUIET):
            self.asks.append(where)
        if tag == "a" and facts.get("href"):
            self.links.append(facts["href"])
        if tag == "img" and not _is_sentence(facts.get("alt")):
            self.faults.append(f"a picture says {facts.get('alt')!r} to who cannot see it")
        if tag == "pre" and "tabindex" not in facts:
            self.faults.append("a block of code scrolls, and no key reaches it")


def _is_sentence(alt: str | None) -> bool:
    """Whether a picture's words are words; empty ones say that its neighbor has them all.

    >>> [_is_sentence(alt) for alt in (None, "../_images/a1.png", "", "Two frames of the scene.")]
    [False, False, True, True]
    """
    return alt is not None and (
        not alt or (" " in alt.strip() and not FILE_NAME.match(alt.strip()))
    )


def faults(site: Path) -> list[str]:
    """Every fault of every page, script and style; an empty list is a good site."""
    pages = {path: _read(path) for path in sorted(site.rglob("*.html"))}
    found = [
        f"{path.relative_to(site)}: {fault}"
        for path, page in pages.items()
        for fault in [*page.faults, *_nowhere(path, page, pages)]
    ]
    for pattern, ending in ((CSS_ASKS, "css"), (JS_ASKS, "js")):
        for path in sorted(site.rglob(f"*.{ending}")):
            for match in pattern.finditer(path.read_text(encoding="utf-8")):
                address = next(filter(None, match.groups()))
                found.append(f"{path.relative_to(site)}: asks {address}")
    return found


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _nowhere(path: Path, page: _Page, pages: dict[Path, _Page]) -> list[str]:
    """What a page asks of other hosts, and what it names that is not there."""
    wrong = [f"asks {where}" for where in page.asks if FOREIGN.match(where)]
    for where in dict.fromkeys(page.asks + page.links):
        parts = urlsplit(where)
        if parts.scheme or FOREIGN.match(where):
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        anchor = unquote(parts.fragment)
        if not target.is_file():
            wrong.append(f"names {where}, which is not there")
        elif anchor and target in pages and anchor not in pages[target].names:
            wrong.append(f"names {where}, whose place is not there")
    return wrong

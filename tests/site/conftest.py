"""A small site of some views: pages that hold nothing but their places."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from utils.cli.benches import browser
from utils.site.player import build

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Views</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<style>body {{ margin: 8px; }} figure {{ margin: 0 0 40px; }}</style>
{scripts}</head><body><h1>Views</h1>
{places}
</body></html>
"""


class Site:
    """A folder with one page, and its address from disk."""

    def __init__(self, folder: Path, views: list[str]) -> None:
        self.folder = folder
        scripts = build(folder, views=views)
        tags = "".join(f'<script defer src="_static/{path}"></script>' for path in scripts)
        places = "\n".join(
            f'<figure data-view="{name}" data-settings="{{}}"><p>The still of {name}.</p></figure>'
            for name in views
        )
        self.page = folder / "index.html"
        self.page.write_text(PAGE.format(scripts=tags, places=places), encoding="utf-8")

    @property
    def from_disk(self) -> str:
        return self.page.as_uri()


@pytest.fixture(scope="session")
def plain_site(tmp_path_factory):
    """Views without a model."""
    return Site(tmp_path_factory.mktemp("plain"), ["windows", "attend", "cost", "claim"])


@pytest.fixture
def served():
    """Serves a folder as the barest of hosts does; gives the address."""
    with ExitStack() as servers:
        yield lambda folder: f"{servers.enter_context(browser.served(folder))}/index.html"

"""The README leads nowhere that is not there, and names no command that does not exist."""

import re
from pathlib import Path

import pytest

from utils.cli.__main__ import commands
from utils.syllabus import CHAPTERS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINKS = sorted(set(re.findall(r"\]\(([^)#]+)\)|src=\"([^\"]+)\"", README)))
LOCAL = [a or b for a, b in LINKS if not (a or b).startswith("http")]
REMOTE = [a or b for a, b in LINKS if (a or b).startswith("http")]


@pytest.mark.parametrize("link", LOCAL)
def test_a_local_link_leads_somewhere(link):
    assert (ROOT / link).exists()


def test_pictures_are_our_own_and_described():
    pictures = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", README)
    assert all(len(alt) > 20 and link in LOCAL for alt, link in pictures)


def test_links_elsewhere_are_the_authors_pages():
    assert all(link.startswith("https://github.com/") for link in REMOTE)


def test_every_command_in_the_readme_exists():
    named = set(re.findall(r"course\.py (\w+)", README)) - {"COMMAND"}
    assert {"lab", "test", "wheels"} <= named <= {*commands(), "wheels"}


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.name)
def test_the_table_says_what_the_syllabus_says(chapter):
    row = f"| [`{chapter.name}`](notebooks/{chapter.name}.ipynb) | {chapter.learn} "
    assert f"{row}| {chapter.seconds} s |" in README


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.name)
def test_a_notebook_says_what_the_syllabus_says_it_takes(chapter):
    text = (ROOT / "notebooks" / f"{chapter.name}.ipynb").read_text(encoding="utf-8")
    assert re.findall(r"This notebook takes[^\\]*", text) == [chapter.cost]
    if chapter.number != "00":  # there it stands in the prose
        assert f'chapter(\\"{chapter.number}\\").cost' in text


def test_every_notebook_is_in_the_table():
    names = {path.stem for path in ROOT.glob("notebooks/*.ipynb")}
    assert all(f"`{name}`" in README for name in names)

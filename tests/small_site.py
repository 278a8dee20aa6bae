"""The first chapters of the course as pages, without models: built in seconds."""

from pathlib import Path

from utils.site.pages.documents import Course
from utils.syllabus import CHAPTERS

ROOT = Path(__file__).parents[1]
TRACE = "docs/trace/swin_t.html"
SMALL = Course(ROOT, CHAPTERS[:2])


def build_small(folder: Path) -> Path:
    """The pages of notebooks 00 and 01 and of the lesson; its folder."""
    from utils.site.pages.build import build_pages

    build_pages(SMALL, folder / "site")
    return folder / "site"

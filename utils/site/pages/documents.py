"""Notebooks and lessons as documents of the site, each with the way to what belongs to it."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from utils.io.whole import write_text
from utils.site.pages.links import on_page
from utils.site.pages.outputs import shown
from utils.site.pages.stills import keeper
from utils.syllabus import CHAPTERS, Chapter

# What a lesson's folder may hold, in the order of the menu, and its name there.
PARTS = {
    "lesson.md": "Lesson",
    "exercises.ipynb": "Exercises",
    "companion.md": "Companion",
    "solutions.ipynb": "Solutions",
    "teacher.md": "For teachers",
}
TO_CHECK = (
    "Here you can read the exercises. Checking your answers needs the installed course: "
    "`python3 course.py lab` opens it, and the same notebook there names your mistake."
)
UNSEARCHED = "solutions.ipynb"  # nobody shall find an answer by looking for its question


@dataclass(frozen=True)
class Course:
    """What the site is made from: the course's folder, and which chapters of it."""

    root: Path
    chapters: tuple[Chapter, ...] = CHAPTERS
    traces: tuple[str, ...] = ()  # paths of pages like docs/trace/swin_t.html, by chapter's word

    def parts(self, chapter: Chapter) -> dict[str, str]:
        """The documents of a lesson's folder: path in the course, name in the menu."""
        folder = f"lessons/{chapter.name}"
        return {
            f"{folder}/{name}": title
            for name, title in PARTS.items()
            if (self.root / folder / name).exists()
        }

    def pages(self) -> dict[str, str]:
        """Every document that becomes a page, with its name in the menu."""
        found = {f"notebooks/{c.name}.ipynb": f"{c.number} · {c.title}" for c in self.chapters}
        for chapter in self.chapters:
            found |= self.parts(chapter)
        return found

    def trace_of(self, chapter: Chapter) -> str | None:
        """The page of a run through the chapter's model, line by line."""
        word = chapter.name.partition("_")[2]
        return next((path for path in self.traces if Path(path).stem.startswith(word)), None)


def write_documents(course: Course, source: Path) -> None:
    """Every document of the course into the folder that the pages are made from."""
    pages = course.pages()
    for path in pages:
        target = source / path
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (course.root / path).read_text(encoding="utf-8")
        if path.endswith(".ipynb"):
            text = json.dumps(_notebook(json.loads(text), path, course, source), ensure_ascii=False)
        else:
            text = on_page(text, path, pages=pages, files=course.traces) + _menu(course, path)
        write_text(target, text)


def _notebook(book: dict[str, Any], path: str, course: Course, source: Path) -> dict[str, Any]:
    pages: Collection[str] = course.pages()
    keep = keeper(source, "../" * path.count("/"))
    cells = []
    for cell in book["cells"]:
        if cell["cell_type"] == "markdown":
            text = on_page("".join(cell["source"]), path, pages=pages, files=course.traces)
            cells.append(cell | {"source": text})
        else:
            cells.append(cell | {"outputs": shown(cell, keep)} if "outputs" in cell else cell)
    head, _, rest = str(cells[0]["source"]).partition("\n")
    cells[0] = cells[0] | {"source": f"{head}\n\n{_belongs(course, path)}\n{rest}"}
    facts = dict(book["metadata"])
    if path.endswith(UNSEARCHED):
        facts["nosearch"] = True
    facts.pop("widgets", None)
    return book | {"cells": cells, "metadata": facts}


def _belongs(course: Course, path: str) -> str:
    """Under the title: what belongs to a notebook, or that checking needs the installed course."""
    if not path.startswith("notebooks/"):
        return f"```{{note}}\n{TO_CHECK}\n```\n" if "exercises" in path else ""
    chapter = next(c for c in course.chapters if f"notebooks/{c.name}.ipynb" == path)
    links = [f"[{title}](../{part})" for part, title in course.parts(chapter).items()]
    if trace := course.trace_of(chapter):
        links.append(f'<a href="../{trace}">A run, line by line</a>')
    return f"```{{container}} course-belongs\n{' · '.join(links)}\n```\n" if links else ""


def _menu(course: Course, path: str) -> str:
    """Behind a lesson: its other parts, for the menu alone."""
    folder, _, name = path.rpartition("/")
    others = [part for part in PARTS if part != name and (course.root / folder / part).exists()]
    if name != "lesson.md" or not others:
        return ""
    lines = [f"{PARTS[part]} <{Path(part).stem}>" for part in others]
    return "\n\n```{toctree}\n:hidden:\n\n" + "\n".join(lines) + "\n```\n"

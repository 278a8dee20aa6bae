"""The start page: what the course is, one view live at once, the map, how to run it oneself."""

import json
from pathlib import Path
from typing import Any

from utils.errors import ConfigError
from utils.io.whole import write_text
from utils.site.pages.documents import Course
from utils.site.pages.outputs import shown
from utils.site.pages.place import CALL, Call, call_of
from utils.site.pages.stills import keeper

FIRST_VIEW: Call = ("attend", {})
MAP = "course_map()"
PAGE = """# Five vision models, block by block

Five models that see: they name a picture, clean it, follow its motion, cut it into things. This
course builds all five — Swin, MaxViT, Restormer, GMFlow and ViT-Adapter — from one small
package, shows every step on one picture that you can touch, and holds every block against the
published model. What they have in common is one idea, attention, and one question: **who may
look at whom?**

Click a cell. The orange ring asks; bright is whom it listens to, veiled is whom it may not ask.
One of the eight answers never changes: which?

{view}

## The map of the course

<figure class="course-still">{map}</figure>

| notebook | task | the idea to see |
|---|---|---|
{rows}

You need Python, a little linear algebra, convolutions, and one training loop in PyTorch that
you have seen before. Every page asks before it answers: say your guess before you read on.

## Run it yourself

Here you can read everything, and touch the views; what trains, measures or checks your answers
runs on your own machine. With Python 3.11, 3.12 or 3.13 and about 3 GB of disk, in the course's
folder:

```bash
python3 course.py lab     # installs on the first start, then opens the notebooks
python3 course.py test    # runs everything that has to pass
```

On Windows type `py course.py lab`. These pages ask no other host for anything: they work from
any web server, and from a folder on a disk. Your own pictures and the camera's stay in this
browser.

{trees}
"""


def write_start(course: Course, source: Path) -> None:
    """Write `index.md`, with the view and the map that the first notebook stores."""
    first = course.chapters[0]
    book = json.loads((course.root / f"notebooks/{first.name}.ipynb").read_text(encoding="utf-8"))
    keep = keeper(source, "")
    rows = [
        f"| [{c.number} · {c.title}](notebooks/{c.name}.ipynb) | {c.task} | {c.idea} |"
        for c in course.chapters
    ]
    page = PAGE.format(
        view=_output_of(
            book, lambda text: call_of(text) == FIRST_VIEW if CALL in text else False, keep
        ),
        map=_output_of(book, lambda text: MAP in text, keep),
        rows="\n".join(rows),
        trees=_trees(course),
    )
    write_text(source / "index.md", page)


def _output_of(book: dict[str, Any], wanted: Any, keep: Any) -> str:
    """The first HTML output of the first code cell that is wanted, on one line."""
    for cell in book["cells"]:
        if cell["cell_type"] == "code" and wanted("".join(cell["source"])):
            texts = [out.get("data", {}).get("text/html") for out in shown(cell, keep)]
            found = next((text for text in texts if text), "")
            if found:
                return " ".join(found.split("\n"))
    raise ConfigError(
        "the first notebook came without a stored view or without its map",
        allowed="the start page shows both as the notebook stores them",
        mend="run `course.py execute` on it first",
    )


def _trees(course: Course) -> str:
    """The menu: notebooks, lessons with their parts, and what else there is."""
    notebooks = [f"{c.number} · {c.title} <notebooks/{c.name}>" for c in course.chapters]
    lessons = [
        f"{c.number} · {c.title} <lessons/{c.name}/lesson>"
        for c in course.chapters
        if (course.root / "lessons" / c.name / "lesson.md").exists()
    ]
    groups = {"Notebooks": notebooks, "Lessons": lessons, "About": ["Notices <notices>"]}
    return "\n\n".join(
        "```{toctree}\n:hidden:\n:caption: " + name + "\n\n" + "\n".join(lines) + "\n```"
        for name, lines in groups.items()
        if lines
    )

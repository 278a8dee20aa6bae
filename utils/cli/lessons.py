"""Make the exercises of every lesson from its solutions; with --slides, slides too.

The solutions carry nbgrader's own marks. What stands between them becomes `YOUR CODE HERE`, just as
nbgrader does it, so that the exercises and an instructor's release are the same.
"""

import argparse
import html
import re
from pathlib import Path
from typing import Any

from utils.cli._ground import LESSONS, complain

BEGIN, END = "BEGIN SOLUTION", "END SOLUTION"
CODE_STUB = ["# YOUR CODE HERE", "raise NotImplementedError()"]
TEXT_STUB = "YOUR ANSWER HERE"

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ margin: 0; font: 20px/1.5 system-ui, sans-serif; color: #222; background: #fff; }}
section {{ display: none; max-width: 900px; min-height: 88vh; margin: 0 auto; padding: 4vh 24px; }}
section.now {{ display: block; }}
pre {{ font-size: 16px; background: #f4f4f4; padding: 12px; overflow-x: auto; }}
table {{ border-collapse: collapse; }}
td, th {{ padding: 4px 12px; border-bottom: 1px solid #ccc; }}
a.anchor-link, .prompt {{ display: none; }} img {{ max-width: 100%; }}
footer {{ position: fixed; right: 16px; bottom: 8px; font-size: 14px; color: #666; }}
@media print {{ section {{ display: block; break-after: page; }} footer {{ display: none; }} }}
</style></head><body>
{sections}
<footer><span id="at" aria-live="polite"></span> · arrow keys</footer>
<script>
const slides = [...document.querySelectorAll("section")];
let at = Math.min(Number(location.hash.slice(1)) || 0, slides.length - 1);
function show() {{
  slides.forEach((slide, i) => slide.classList.toggle("now", i === at));
  document.getElementById("at").textContent = `${{at + 1}} / ${{slides.length}}`;
  history.replaceState(null, "", `#${{at}}`);
}}
addEventListener("keydown", (event) => {{
  const step = {{ ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 }}[event.key];
  if (step) {{ at = Math.max(0, Math.min(slides.length - 1, at + step)); show(); }}
}});
show();
</script></body></html>
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to make, and where."""
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="only these, like 02")
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if out of step")
    parser.add_argument("--slides", action="store_true", help="also write slides.html beside each")


def cleared(source: str) -> str:
    """A cell's source with every solution replaced by the stub, indented as the solution was.

    >>> print(cleared("def f(x):\\n    ### BEGIN SOLUTION\\n    return x\\n    ### END SOLUTION"))
    def f(x):
        # YOUR CODE HERE
        raise NotImplementedError()
    """
    lines, inside = [], False
    for line in source.split("\n"):
        if BEGIN in line:
            inside = True
            indent = line[: len(line) - len(line.lstrip())]
            lines += [indent + stub for stub in CODE_STUB]
        elif END in line:
            inside = False
        elif not inside:
            lines.append(line)
    return "\n".join(lines)


def exercises(solutions: Any) -> Any:
    """The notebook for learners: no solutions, no outputs."""
    import nbformat

    notebook = nbformat.from_dict(solutions)
    for cell in notebook.cells:
        marks = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            cell.source = cleared(cell.source)
        elif marks.get("solution"):
            cell.source = TEXT_STUB
    return notebook


def slides(notebook: Any) -> str:
    """One self-contained page: a heading begins a slide, the arrow keys turn them."""
    from nbconvert import HTMLExporter
    from nbformat.v4 import new_notebook

    groups: list[list[Any]] = []
    for cell in notebook.cells:
        if not groups or (cell.cell_type == "markdown" and re.match(r"#{1,3} ", cell.source)):
            groups.append([])
        groups[-1].append(cell)
    exporter = HTMLExporter(template_name="basic")
    sections = []
    for cells in groups:
        body, _ = exporter.from_notebook_node(new_notebook(cells=cells))
        sections.append(f"<section>\n{body}\n</section>")
    title = notebook.cells[0].source.splitlines()[0].lstrip("# ")
    return PAGE.format(title=html.escape(title), sections="\n".join(sections))


def main(args: argparse.Namespace) -> int:
    """Write what is asked for; 1 where --check finds a difference."""
    import nbformat

    from utils.io.whole import write_text

    status = 0
    for path in sorted(LESSONS.glob("*/solutions.ipynb")):
        if args.lessons and not path.parent.name.startswith(tuple(args.lessons)):
            continue
        made = exercises(nbformat.read(path, as_version=4))
        text = nbformat.writes(made) + "\n"
        target = path.with_name("exercises.ipynb")
        same = target.exists() and target.read_text(encoding="utf-8") == text
        if args.check and not same:
            status = complain(
                f"{_short(target)} is out of step: `course.py lessons` makes it anew."
            )
        elif not args.check:
            if not same:
                write_text(target, text)
            print(f"course: {_short(target)} {'is in step' if same else 'made anew'}", flush=True)
        if args.slides and not args.check:
            write_text(path.with_name("slides.html"), slides(made))
            print(f"course: {_short(path.with_name('slides.html'))} made", flush=True)
    return status


def _short(path: Path) -> str:
    return "/".join(path.parts[-3:])

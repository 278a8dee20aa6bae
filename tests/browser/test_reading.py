"""The notebooks and lessons as they are read: saved, set, nothing cut, and the first slider."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from tests.browser.conftest import Lab

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LESSONS = sorted((ROOT / "lessons").glob("*/*.ipynb"))
PAGES = [*sorted((ROOT / "lessons").glob("*/*.md")), ROOT / "README.md"]
OFTEN = ("00_start_here", "01_windows_and_masks", "05_gmflow")  # the others in the long run
WHOLE = '{"windowingMode": "none"}'  # every cell is drawn, also those far from the screen
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
FORMULA = re.compile(r"\$\$.+?\$\$|(?<!\\)\$(?!\s)[^$\n]+?(?<!\s)\$", re.DOTALL)
SET = """() => [...document.querySelectorAll('.jp-MarkdownCell .jp-RenderedMarkdown')]
  .map((cell) => ({
  set: cell.querySelectorAll('mjx-container').length,
  faults: [...cell.querySelectorAll('mjx-merror, [data-mjx-error]')].map((e) => e.textContent),
}))"""
DIRTY = "() => jupyterapp.shell.currentWidget.context.model.dirty"
# What is wider than its box and cannot be scrolled there is cut.
CUT = """() => [...document.querySelectorAll('.jp-OutputArea-output, .jp-RenderedMarkdown')]
  .filter((box) => box.clientWidth && box.scrollWidth > box.clientWidth + 2)
  .map((box) => ({ words: box.textContent.slice(0, 60), wide: box.scrollWidth,
    room: box.clientWidth,
    scrolls: ['auto', 'scroll'].includes(getComputedStyle(box).overflowX) }))"""


@pytest.fixture(scope="module")
def reading(tmp_path_factory):
    """A JupyterLab that draws whole notebooks, with all notebooks and lessons."""
    scratch = tmp_path_factory.mktemp("reading")
    tracker = scratch / "settings" / "@jupyterlab" / "notebook-extension"
    tracker.mkdir(parents=True)
    (tracker / "tracker.jupyterlab-settings").write_text(WHOLE)
    lab = Lab(scratch)
    for folder in ("notebooks", "lessons"):
        shutil.copytree(ROOT / folder, lab.folder / folder)
    with lab.running():
        yield lab


def formulas(text: str) -> list[str]:
    """The formulas of a Markdown text, those in code left out."""
    return FORMULA.findall(CODE.sub("", text))


def texts() -> list[tuple[str, str]]:
    """Every Markdown text with a formula in it, with the place where it stands."""
    found = [(path.name, path.read_text(encoding="utf-8")) for path in PAGES]
    for path in NOTEBOOKS + LESSONS:
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                found.append((f"{path.parent.name}/{path.name} {cell.id}", cell.source))
    return [(place, text) for place, text in found if formulas(text)]


def test_every_formula_of_every_notebook_and_lesson_is_set(reading, tab):
    every = texts()
    assert len(every) > 10
    broken = r"$\begin{pmatrix} 1 \\end{pmatrix}$"  # what is not set is seen by this test
    cells = [v4.new_markdown_cell(text) for text in (*(text for _, text in every), broken)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(book, reading.folder / "formulas.ipynb")
    reading.open(tab, "formulas.ipynb")
    wanted = [len(formulas(text)) for _, text in every]
    for _ in range(100):
        *seen, last = tab.evaluate(SET) or [None]
        if last and last["faults"] and sum(one["set"] for one in seen) >= sum(wanted):
            break
        tab.wait_for_timeout(100)
    assert last["faults"]
    faults = {place: one["faults"] for (place, _), one in zip(every, seen, strict=True)}
    assert {place: fault for place, fault in faults.items() if fault} == {}
    counts = {place: one["set"] for (place, _), one in zip(every, seen, strict=True)}
    assert counts == dict(zip((place for place, _ in every), wanted, strict=True))


def some(path):
    marks = [] if path.stem in OFTEN else [pytest.mark.slow]
    return pytest.param(path, marks=marks, id=path.stem)


@pytest.mark.parametrize("path", [some(path) for path in NOTEBOOKS])
def test_a_notebook_opens_saved_and_nothing_in_it_is_cut(path, reading, tab):
    reading.open(tab, f"notebooks/{path.name}")
    tab.evaluate("() => jupyterapp.shell.collapseLeft()")
    tab.wait_for_timeout(1500)
    assert not tab.evaluate(DIRTY)
    assert tab.evaluate(CUT) == []
    tab.set_viewport_size({"width": 390, "height": 900})
    tab.wait_for_timeout(500)
    assert [box for box in tab.evaluate(CUT) if not box["scrolls"]] == []


@pytest.mark.slow
@pytest.mark.parametrize("path", LESSONS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_lessons_notebook_opens_saved(path, reading, tab):
    reading.open(tab, f"lessons/{path.parent.name}/{path.name}")
    tab.wait_for_timeout(1500)
    assert not tab.evaluate(DIRTY)
    assert tab.evaluate(CUT) == []


def test_the_first_slider_stands_in_the_first_cell_and_moves(reading, tab):
    reading.open(tab, "notebooks/00_start_here.ipynb")
    code = (
        "[...jupyterapp.shell.currentWidget.content.model.cells].findIndex(c => c.type === 'code')"
    )
    reading.run_cell(tab, tab.evaluate(f"() => {code}"))
    slider = tab.locator(".course-explorer input[type=range]").first
    said = tab.locator(".course-said").first
    before = said.text_content()
    slider.press("ArrowLeft")
    changed = "([s, was]) => s.textContent !== was"
    tab.wait_for_function(changed, arg=[said.element_handle(), before])

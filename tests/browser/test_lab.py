"""Every view in a real JupyterLab on one kernel, and one whole notebook: run and touched."""

import ast
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from tests.browser.touch import fits, touch_all
from utils.explorers import list_explorers

pytestmark = pytest.mark.browser
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def test_every_view_answers_in_jupyterlab(lab, tab):
    cells = [v4.new_code_cell("from utils.explorers import explore")]
    cells += [v4.new_code_cell(f'explore("{name}")') for name in list_explorers()]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, lab.folder / "views.ipynb")
    lab.run(tab, "views.ipynb")
    for number, name in enumerate(list_explorers(), start=2):
        section = tab.locator(f".course-{name}")
        section.scroll_into_view_if_needed()
        assert fits(section), name
        touch_all(tab, section)
        assert fits(section), name
        # Python followed: what it would store beside the view is what the view says.
        _until_python_agrees(tab, section, f"Out[{number}].sentence")


def test_the_notebook_on_windows_and_masks_runs_and_its_views_answer(lab, tab):
    shutil.copy(NOTEBOOKS / "01_windows_and_masks.ipynb", lab.folder)
    lab.run(tab, "01_windows_and_masks.ipynb")
    assert "Error" not in _in_python(tab, "repr([type(v).__name__ for v in Out.values()])")
    for name in ("windows", "shift_mask", "relative_position"):
        _bring_into_view(tab, name)
        section = tab.locator(f".course-{name}")
        face = section.locator("[role=application]").first
        said = section.locator(".course-said")
        before, picture = said.text_content(), face.inner_html()
        face.click(position={"x": 20, "y": 30})
        assert said.text_content() != before
        assert face.inner_html() != picture
        before = said.text_content()
        section.locator("input[type=range]").first.press("ArrowRight")
        section.locator("input[type=range]").first.press("ArrowLeft")
        section.locator(".course-choice input:not(:checked)").first.check(force=True)
        assert said.text_content() != before


def _bring_into_view(tab, name: str) -> None:
    """Scroll to the cell of a view; JupyterLab draws a cell only when it comes near."""
    find = """async (name) => {
      const { content } = jupyterapp.shell.currentWidget;
      const at = content.widgets.findIndex((cell) => cell.model.type === 'code'
        && cell.model.sharedModel.source.includes(`explore("${name}")`));
      await content.scrollToItem(at, 'center');
    }"""
    tab.evaluate(find, name)
    tab.locator(f".course-{name}").scroll_into_view_if_needed()


def _in_python(tab, expression: str) -> str:
    """What the kernel says to an expression whose value is a text."""
    ask = """async (value) => {
      const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
      const request = { code: '', silent: true, user_expressions: { value } };
      const { content } = await kernel.requestExecute(request).done;
      return content.user_expressions.value.data['text/plain'];
    }"""
    return ast.literal_eval(tab.evaluate(ask, expression))


def _until_python_agrees(tab, section, expression: str) -> None:
    """Wait until the view and the kernel say the same; an answer may be on its way to either."""
    said = section.locator(".course-said")
    for _ in range(50):
        if _in_python(tab, expression) == said.text_content():
            return
        tab.wait_for_timeout(100)
    assert _in_python(tab, expression) == said.text_content()

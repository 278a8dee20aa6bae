"""Every view in a real JupyterLab on one kernel, touched."""

import nbformat
import pytest
from nbformat import v4

from tests.browser.touch import fits, touch_all
from utils.explorers import list_explorers

pytestmark = pytest.mark.browser


def test_every_view_answers_in_jupyterlab(lab, tab):
    cells = [v4.new_code_cell("from utils.explorers import explore")]
    cells += [v4.new_code_cell(f'explore("{name}")') for name in list_explorers()]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, lab.folder / "views.ipynb")
    lab.run(tab, "views.ipynb")
    for name in list_explorers():
        section = tab.locator(f".course-{name}")
        section.scroll_into_view_if_needed()
        assert fits(section), name
        touch_all(tab, section)
        assert fits(section), name
    said = tab.locator(".course-windows .course-said").text_content()
    assert _in_python(tab, f'explore("{list_explorers()[0]}")') is not None
    assert said


def _in_python(tab, code: str) -> str | None:
    """What the kernel says to an expression."""
    return tab.evaluate(
        """async (code) => {
          const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
          const future = kernel.requestExecute({ code: '', user_expressions: { value: code } });
          const reply = await future.done;
          return reply.content.user_expressions.value.data?.['text/plain'] ?? null;
        }""",
        code,
    )

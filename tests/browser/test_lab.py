"""Every view in a real JupyterLab on one kernel, and one whole notebook: run and touched."""

import shutil
from pathlib import Path

import pytest

from tests.browser.touch import choose_own_picture, fits, touch_all
from utils.explorers import explorer_class, list_explorers

pytestmark = pytest.mark.browser
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


VIEWS = list_explorers()


@pytest.mark.parametrize(
    "names", [VIEWS[::3], pytest.param(VIEWS, marks=pytest.mark.slow)], ids=["a third", "all"]
)
def test_every_view_answers_in_jupyterlab(names, lab, tab):
    cells = [f'explore("{name}")' for name in names]
    lab.write("views.ipynb", "from utils.explorers import explore", *cells)
    lab.run(tab, "views.ipynb")
    for number, name in enumerate(names, start=2):
        section = tab.locator(f".course-{name}")
        section.scroll_into_view_if_needed()
        assert fits(section), name
        touch_all(tab, section)
        assert fits(section), name
        # Python followed: what it would store beside the view is what the view says.
        _until_python_agrees(lab, tab, section, f"Out[{number}].sentence")
        if explorer_class(name).takes_picture:
            choose_own_picture(tab, section)


def test_the_notebook_on_windows_and_masks_runs_and_its_views_answer(lab, tab):
    shutil.copy(NOTEBOOKS / "01_windows_and_masks.ipynb", lab.folder)
    lab.run(tab, "01_windows_and_masks.ipynb")
    assert "Error" not in lab.python(tab, "repr([type(v).__name__ for v in Out.values()])")
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


def _until_python_agrees(lab, tab, section, expression: str) -> None:
    """Wait until the view and the kernel say the same; an answer may be on its way to either."""
    said = section.locator(".course-said")
    for _ in range(50):
        if lab.python(tab, expression) == said.text_content():
            return
        tab.wait_for_timeout(100)
    assert lab.python(tab, expression) == said.text_content()

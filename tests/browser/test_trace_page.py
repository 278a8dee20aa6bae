"""The stepper of a trace: as a page opened from disk, and live in JupyterLab."""

import nbformat
import pytest
import torch
from nbformat import v4

from utils.models import create_model
from utils.tracing import trace

pytestmark = pytest.mark.browser
MAP = (1, 8, 8, 32)
NOTEBOOK = """
import torch
from utils.models import create_model
from utils.tracing import trace

block = create_model("swin_nano").eval().stages[0].blocks[1]
with torch.no_grad():
    view = trace(block, torch.randn(1, 8, 8, 32)).stepper(at="windows = self.attention")
"""


@pytest.fixture(scope="module")
def run():
    model = create_model("swin_nano").eval()
    with torch.no_grad():
        return trace(model.stages[0], torch.randn(*MAP))


@pytest.fixture
def stepper(run, tab, tmp_path):
    """The page, opened from disk: no server, no kernel."""
    run.to_html(tmp_path / "run.html")
    tab.goto((tmp_path / "run.html").as_uri())
    tab.wait_for_selector(".trace-row")
    return tab


def said(tab) -> str:
    return tab.text_content(".trace-said")


def at(tab) -> int:
    return int(tab.text_content(".trace-place").split()[1].replace(",", ""))


def source_now(tab) -> str:
    return "\n".join(row.text_content() for row in tab.locator(".trace-now .trace-text").all())


def test_the_arrow_right_walks_through_every_line_in_the_order_of_the_run(stepper, run):
    """The page says of every step what the trace holds."""
    steps = [(call, line) for _, call, line in run.root.walk()]
    assert stepper.text_content(".trace-place") == f"step 1 of {len(steps)}"
    for number, (call, line) in enumerate(steps[:60], start=1):
        assert at(stepper) == number
        if line is not None:
            assert said(stepper).startswith(f"Line {line.number}, row {line.row} of {call.name}:")
            assert (
                source_now(stepper).split()
                == "".join(
                    call.source.rows[row - call.source.first_row] + "\n"
                    for row in range(line.row, line.last_row + 1)
                ).split()
            )
            for value in line.values:
                assert value.facts is None or f"{value.name} (" in said(stepper)
        stepper.keyboard.press("ArrowRight")
    stepper.keyboard.press("ArrowLeft")
    assert at(stepper) == 60


def test_enter_goes_in_escape_comes_back_and_arrow_down_steps_over(stepper):
    search(stepper, "windows = self.attention")
    stepper.keyboard.press("Escape")  # out of the search box
    here = at(stepper)
    stepper.keyboard.press("Enter")
    assert said(stepper).startswith("stages") or "(WindowAttention) starts" in said(stepper)
    assert stepper.text_content(".trace-call[aria-selected=true] .trace-name") == "attention"
    stepper.keyboard.press("ArrowDown")
    assert source_now(stepper).strip().startswith("q, k, v = rearrange(")
    stepper.keyboard.press("Escape")
    assert at(stepper) == here
    stepper.keyboard.press("ArrowDown")
    assert source_now(stepper).strip().startswith("x = merge_windows(")
    stepper.keyboard.press("ArrowUp")
    assert at(stepper) == here


def test_the_tensor_card_shows_numbers_and_a_picture(stepper, run):
    search(stepper, "windows = self.attention")
    line = next(x for x in run.lines() if x.text.startswith("windows = self.attention"))
    facts = line.values[0].facts
    assert stepper.text_content(".trace-shape") == "(1, 2, 2, 16, 32)"
    cells = [float(cell.text_content()) for cell in stepper.locator(".trace-card td").all()]
    assert cells == pytest.approx(facts.corner.ravel().tolist(), rel=1e-3, abs=1e-6)
    size = "c => [c.width, c.height, new Set(c.getContext('2d').getImageData(0, 0, c.width, "
    width, height, colors = stepper.locator(".trace-picture").evaluate(
        size + "c.height).data).size]"
    )
    assert [height, width] == list(facts.picture.shape)
    assert colors > 20
    mean, std = stepper.locator(".trace-card dd").first.text_content().split(" ± ")
    assert float(mean) == pytest.approx(facts.moments.mean, rel=1e-2)
    assert float(std) == pytest.approx(facts.moments.std, rel=1e-3)


def test_the_origin_of_a_view_leads_to_its_line(stepper, run):
    search(stepper, "q, k, v = rearrange")
    assert stepper.locator(".trace-tab").all_text_contents() == ["q", "k", "v"]
    stepper.get_by_role("button", name="v", exact=True).click()
    assert "a view of returned of line" in stepper.text_content(".trace-card")
    stepper.locator(".trace-link").click()
    line = next(x for x in run.lines() if x.text.startswith("q, k, v = rearrange"))
    origin = next(v for v in line.values if v.name == "v").origin
    assert said(stepper).startswith(f"Line {origin[0]}, ")


def test_the_search_jumps_to_the_lines_where_a_shape_appears(stepper, run):
    lines = run.find(1, 2, 2, 16, 32)
    for text in ("1, 2, 2, 16, 32", "(1,2,2,16,32)", "1x2x2x16x32"):
        search(stepper, text)
        assert stepper.text_content(".trace-hits").endswith(f"of {len(lines)}")
    search(stepper, "(1, 2, 2, 16, 32)", times=len(lines))
    assert said(stepper).startswith(f"Line {lines[-1].number},") or "(1, 2, 2, 16, 32)" in said(
        stepper
    )
    search(stepper, "9, 9, 9")
    assert stepper.text_content(".trace-hits") == "no line"


def test_tree_and_source_answer_to_a_click(stepper):
    stepper.locator(".trace-call", has_text="merging").first.click()
    assert "(PatchMerging) starts" in said(stepper)
    stepper.locator(".trace-row.trace-ran", has_text="rearrange(x").click()
    assert "binds x (1, 4, 4, 128)" in said(stepper)
    inside = stepper.locator(".trace-body")
    assert inside.evaluate(
        "b => b.scrollWidth <= b.clientWidth && b.scrollHeight <= b.clientHeight"
    )


def search(tab, text, times=1):
    box = tab.locator(".trace-search")
    box.fill(text)
    for _ in range(times):
        box.press("Enter")


def test_the_stepper_lives_in_jupyterlab(lab, tab):
    cells = [v4.new_code_cell(NOTEBOOK.strip()), v4.new_code_cell("view")]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, lab.folder / "trace.ipynb")
    lab.run(tab, "trace.ipynb")
    root = tab.locator(".trace-stepper")
    root.scroll_into_view_if_needed()
    assert "windows (1, 2, 2, 16, 32)" in root.locator(".trace-said").text_content()
    before = at(tab)
    root.focus()
    root.press("ArrowDown")
    assert "binds x (1, 8, 8, 32)" in root.locator(".trace-said").text_content()
    assert at(tab) > before
    assert root.evaluate("r => r.scrollWidth <= r.clientWidth && r.scrollHeight <= r.clientHeight")
    cells = "() => jupyterapp.shell.currentWidget.content.activeCellIndex"
    active = tab.evaluate(cells)
    root.press("ArrowUp")
    assert tab.evaluate(cells) == active  # the notebook does not take the arrow keys

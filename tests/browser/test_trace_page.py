"""The page of a trace, opened from disk, with its stepper; and the stepper live in JupyterLab."""

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


@pytest.fixture(scope="module")
def file(run, tmp_path_factory):
    """The page on disk: no server, no kernel."""
    place = tmp_path_factory.mktemp("page") / "run.html"
    run.to_html(place)
    return place


@pytest.fixture(params=[1280, 390])
def page(request, tab, file):
    """The page on a wide and on a narrow screen."""
    tab.set_viewport_size({"width": request.param, "height": 900})
    tab.goto(file.as_uri())
    tab.wait_for_selector(".page-call")
    return tab


@pytest.fixture
def stepper(tab, file):
    """The stepper, at the start of the run."""
    tab.goto(file.as_uri())
    tab.wait_for_selector(".page-call")
    tab.keyboard.press("s")
    tab.wait_for_selector(".trace-row")
    return tab


def place(tab) -> int:
    """The step that the page stands at."""
    return int(tab.locator("body").get_attribute("data-at"))


def now(tab):
    """The words of the place that the page stands at, and whether it is on the screen."""
    here = tab.locator(".page-now")
    assert 0 <= here.bounding_box()["y"] < 900
    return here.inner_text()


def test_the_page_opens_short_and_unfolds(page):
    assert page.locator(".page-line").count() < 20
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    block = page.locator(
        ".page-call[data-call] > .page-head button", has_text="blocks.1 · SwinBlock"
    )
    assert block.get_attribute("aria-expanded") == "false"
    block.click()
    assert block.get_attribute("aria-expanded") == "true"
    page.wait_for_selector("text=SwinBlock.attend()")
    block.click()
    assert not page.locator("text=SwinBlock.attend()").first.is_visible()
    page.get_by_role("button", name="Unfold all").click()
    page.locator("text=SwinBlock.attend()").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    page.get_by_role("button", name="Fold all", exact=True).click()
    assert not page.locator("text=SwinBlock.attend()").first.is_visible()


def test_contents_lead_to_a_module(page):
    if page.viewport_size["width"] < 800:
        assert page.locator(".page-contents").is_hidden()
        page.get_by_role("button", name="Contents").click()
    page.locator(".page-contents .page-fold[aria-label*='blocks.1']").click()
    page.locator(".page-contents a", has_text="attention").last.click()
    page.wait_for_selector(".page-now")
    assert "blocks.1.attention · WindowAttention" in now(page)


def test_the_search_finds_code_titles_and_shapes(page, run):
    box = page.locator(".page-search")
    page.keyboard.press("/")
    found = {"cyclic_shift(x": "shift_size", "1, 2, 2, 16, 32": "windows", "PatchMerg": "merging"}
    for text, words in found.items():
        box.fill(text)
        box.press("Enter")
        page.wait_for_timeout(100)
        assert words in now(page)
        assert page.text_content(".page-hits").split()[1] == "of"
    box.fill("no such word")
    box.press("Enter")
    assert page.text_content(".page-hits") == "nowhere"


def test_the_mask_opens_on_its_last_window_and_a_slider_chooses_others(page, run):
    box = page.locator(".page-search")
    box.fill("mask = self.mask")
    asked = [x for x in run.lines() if x.text.startswith("mask = self.mask")]
    made = [[v.facts for v in x.values if v.name == "mask" and v.facts] for x in asked]
    first = next(at for at, facts in enumerate(made) if facts)  # blocks without a shift have none
    for _ in range(first + 1):
        box.press("Enter")
        page.wait_for_timeout(100)
    line, (facts,) = asked[first], made[first]
    tensor = page.locator(f"#line-{line.number} > .page-values .page-tensor")
    cells = [float(cell.inner_text()) for cell in tensor.locator("td").all()]
    assert cells == facts.shown.corner.ravel().tolist()
    assert -100 in cells
    slider = tensor.locator("input[type=range]")
    assert slider.get_attribute("aria-valuetext") == "[1, 1, :, :]"
    pixels = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.join()"
    before = tensor.locator(".trace-picture").evaluate(pixels)
    slider.focus()
    slider.press("Home")
    assert slider.get_attribute("aria-valuetext") == "[0, 0, :, :]"
    assert tensor.locator(".trace-picture").evaluate(pixels) != before
    assert {float(cell.inner_text()) for cell in tensor.locator("td").all()} == {0.0}


def test_keys_walk_and_the_stepper_opens_where_the_page_is(page, run):
    for _ in range(3):
        page.keyboard.press("j")
    steps = [(call, line) for _, call, line in run.root.walk()]
    assert place(page) == 3
    page.keyboard.press("s")
    assert at(page) == 4
    assert steps[3][0].name in said(page)
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Back to the page").click()
    page.wait_for_selector("body[data-at='4']")  # the dialog tells of its end a moment later
    assert page.url.endswith("#4")
    page.reload()
    page.wait_for_selector("body[data-at='4'] .page-now")


def test_the_page_follows_light_and_dark(page):
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(ground)
    assert dark != light
    page.get_by_role("button", name="Light or dark").click()
    assert page.evaluate(ground) == light


def test_a_long_run_draws_only_what_is_near(tab, tmp_path):
    """Twenty thousand lines, all unfolded."""

    class Deep(torch.nn.Module):
        def forward(self, x):
            for _ in range(620):
                x = x + 1
            return x

    class Long(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.parts = torch.nn.ModuleList(Deep() for _ in range(16))

        def forward(self, x):
            for part in self.parts:
                x = part(x)
            return x

    long = trace(Long(), torch.zeros(2))
    assert sum(1 for _ in long.lines()) > 19_000
    long.to_html(tmp_path / "long.html", at="parts.9")
    tab.goto((tmp_path / "long.html").as_uri())
    tab.wait_for_selector(".page-now")
    assert "parts.9" in tab.inner_text(".page-now")
    tab.get_by_role("button", name="Unfold all").click()
    tab.wait_for_timeout(300)
    assert tab.locator(".page-line").count() < 3000
    tab.locator(".page-search").fill("return x")
    tab.locator(".page-search").press("Enter")
    tab.wait_for_timeout(200)
    assert "return x" in tab.inner_text(".page-now")


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
            assert said(stepper).startswith(f"Line {line.number}, row {line.row} of {call.name}")
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
    assert stepper.text_content(".trace-card .trace-shape") == "(1, 2, 2, 16, 32)"
    cells = [float(cell.text_content()) for cell in stepper.locator(".trace-card td").all()]
    assert cells == pytest.approx(facts.shown.corner.ravel().tolist(), rel=1e-3, abs=1e-6)
    size = "c => [c.width, c.height, new Set(c.getContext('2d').getImageData(0, 0, c.width, "
    width, height, colors = stepper.locator(".trace-card .trace-picture").evaluate(
        size + "c.height).data).size]"
    )
    assert [height, width] == list(facts.shown.picture.shape)
    assert colors > 20
    mean, std = stepper.locator(".trace-card dd").first.text_content().split(" ± ")
    assert float(mean) == pytest.approx(facts.moments.mean, rel=1e-2)
    assert float(std) == pytest.approx(facts.moments.std, rel=1e-3)


def test_the_origin_of_a_view_leads_to_its_line(stepper, run):
    search(stepper, "q, k, v = rearrange")
    assert stepper.locator(".trace-tab").all_text_contents() == ["q", "k", "v"]
    stepper.get_by_role("button", name="v", exact=True).click()
    assert "a view of returned of line" in stepper.text_content(".trace-card")
    stepper.locator(".trace-card .trace-link").click()
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
    for part in (".trace-rows", ".trace-tree", ".trace-card"):  # beside the file browser
        assert root.locator(part).evaluate("r => r.scrollWidth <= r.clientWidth")
    assert root.locator(".trace-keyword").count() > 1
    root.get_by_title("Line before").click()
    root.get_by_title("Next line").click()
    assert at(tab) == before
    tab.keyboard.press("Enter")  # after a click, too, Enter goes into what the line calls
    assert "(WindowAttention) starts" in root.locator(".trace-said").text_content()
    tab.keyboard.press("Escape")
    assert at(tab) == before
    root.focus()
    root.press("ArrowDown")
    assert "binds x (1, 8, 8, 32)" in root.locator(".trace-said").text_content()
    assert at(tab) > before
    assert root.evaluate("r => r.scrollWidth <= r.clientWidth && r.scrollHeight <= r.clientHeight")
    cells = "() => jupyterapp.shell.currentWidget.content.activeCellIndex"
    active = tab.evaluate(cells)
    root.press("ArrowUp")
    assert tab.evaluate(cells) == active  # the notebook does not take the arrow keys

"""How long views live: the day after, on bare servers, when a cell runs again, while they train."""

import pytest

from tests.browser.conftest import Lab

pytestmark = pytest.mark.browser
IMPORT = "from utils.explorers import explore"
TRACE = """import torch
from utils.models import create_model
from utils.tracing import trace

block = create_model("swin_nano").eval().stages[0].blocks[1]
with torch.no_grad():
    steps = trace(block, torch.ones(1, 8, 8, 32)).stepper(at="windows = self.attention")
steps"""
COMMS = "str(len(get_ipython().kernel.comm_manager.comms))"
OUTPUTS = """() => [...document.querySelectorAll('.jp-Notebook .jp-OutputArea-child')]
  .filter((output) => output.getBoundingClientRect().height > 0)
  .map((output) => ({ height: output.getBoundingClientRect().height, words: output.innerText,
    alt: output.querySelector('img')?.alt,
    live: Boolean(output.querySelector('.course-live')) }))"""


def outputs(tab, *, live: bool) -> list[dict]:
    """The outputs that are seen, as soon as they are live or as no live one is left."""
    for _ in range(100):
        seen = tab.evaluate(OUTPUTS)
        if seen and all(output["live"] == live for output in seen):
            return seen
        tab.wait_for_timeout(100)
    return tab.evaluate(OUTPUTS)


def test_the_day_after_and_on_bare_servers_the_still_stands_with_its_words(tmp_path, chromium):
    tab = chromium.new_page(viewport={"width": 1280, "height": 1400})
    lab = Lab(tmp_path)
    lab.write("views.ipynb", IMPORT, 'view = explore("windows"); view', TRACE)
    with lab.running():
        lab.run(tab, "views.ipynb")
        day = outputs(tab, live=True)
        said = [lab.python(tab, f"{name}.sentence") for name in ("view", "steps")]
        tab.evaluate("async () => { await jupyterapp.commands.execute('docmanager:save') }")
    tab.close()
    (tmp_path / "bare").mkdir()
    bare = Lab(tmp_path / "bare")
    (bare.folder / "views.ipynb").write_bytes((lab.folder / "views.ipynb").read_bytes())
    no_widgets = Lab(tmp_path, off=("anywidget",))
    for server in (lab, bare, no_widgets):  # the same one anew; untrusted; without the views' half
        page = chromium.new_page(viewport={"width": 1280, "height": 1400})
        with server.running():
            server.open(page, "views.ipynb")
            page.wait_for_selector(".course-still")
            page.wait_for_timeout(1500)
            stills = outputs(page, live=False)
            for still, live, words in zip(stills, day, said, strict=True):
                assert still["alt"] == words
                assert words in still["words"]
                assert still["height"] == pytest.approx(live["height"], abs=2)  # nothing jumps
            if server is no_widgets:
                for cell in range(3):
                    server.run_cell(page, cell)
                page.wait_for_timeout(1500)
                stills = outputs(page, live=False)
                assert all(w in s["words"] for s, w in zip(stills, said, strict=True))
        page.close()


def test_a_cell_that_runs_again_closes_what_it_showed(lab, tab):
    lab.write("again.ipynb", IMPORT, 'explore("windows")', "kept = Out[2]", TRACE)
    lab.run(tab, "again.ipynb")
    before = lab.python(tab, COMMS)
    for _ in range(2):
        for cell in (1, 3):
            lab.run_cell(tab, cell)
            assert lab.python(tab, COMMS) == before
    assert lab.python(tab, "repr((kept.pixels, kept.arrays, kept.comm))") == "({}, {}, None)"
    assert "was closed" in lab.python(tab, "repr(kept)")
    outputs(tab, live=True)


def run_claim(lab, tab, name):
    lab.write(name, IMPORT, 'view = explore("claim", claim="swin"); view', "run = view.run", "1")
    lab.run(tab, name)
    section = tab.locator(".course-claim")
    button = section.locator(".claim-train")
    button.click()
    _until_button(tab, button, "Stop")
    lab.run_cell(tab, 2)
    return section, button


def _until_button(tab, button, start: str) -> None:
    says = "([button, start]) => !button.disabled && button.textContent.startsWith(start)"
    tab.wait_for_function(says, arg=[button.element_handle(), start])


def test_a_claims_button_follows_the_run(lab, tab):
    section, button = run_claim(lab, tab, "claim.ipynb")
    button.click()
    _until_button(tab, button, "Train")
    assert "stopped" in section.locator(".claim-state").text_content()
    assert lab.python(tab, "view.run.state") == "stopped"
    lab.python(
        tab,
        "str(setattr(__import__('utils.explorers.claim.widget', fromlist=['x']), 'run_arm', None))",
    )
    button.click()
    failed = "s => s.querySelector('.course-error')?.textContent.startsWith('TypeError')"
    tab.wait_for_function(failed, arg=section.element_handle())
    _until_button(tab, button, "Train")
    assert "ended by an error" in section.locator(".claim-state").text_content()


@pytest.mark.slow
@pytest.mark.parametrize("end", ["interrupt", "again"])
def test_an_interrupt_and_the_cell_itself_end_the_run(lab, tab, end):
    _, button = run_claim(lab, tab, f"{end}.ipynb")
    if end == "interrupt":
        tab.evaluate(
            "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()"
        )
        _until_button(tab, button, "Train")
    else:
        lab.run_cell(tab, 1)
    for _ in range(100):
        if lab.python(tab, "run.state") == "stopped":
            break
        tab.wait_for_timeout(100)
    assert lab.python(tab, "run.state") == "stopped"


@pytest.mark.slow
def test_a_kernel_that_has_gone_is_noticed(lab, tab):
    section, button = run_claim(lab, tab, "gone.ipynb")
    tab.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    _until_button(tab, button, "Train")
    assert "its kernel is gone" in section.locator(".claim-state").text_content()
    section.locator("input[type=range]").focus()
    section.locator("input[type=range]").press("ArrowRight")
    silent = "s => s.querySelector('.course-error')?.textContent.includes('does not answer')"
    tab.wait_for_function(silent, arg=section.element_handle())

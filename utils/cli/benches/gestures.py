"""From a gesture to the painted picture, in a real JupyterLab and a real browser.

Needs what the tests need: playwright, and a Chromium on this machine. All views stand in one
notebook on one kernel. A gesture is a key on a slider, another choice, or an arrow key on the
picture; its time ends with the first frame in which the view says something new. A view that
answers with a draft is timed to the draft.
"""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from utils.cli.benches.browser import FLAGS, find_chromium
from utils.cli.benches.timing import Row, Timing
from utils.cli.lab import environment

CASE = "gesture to paint"
START = 120.0  # seconds that JupyterLab, and then all views, may take to open
QUIET = 700  # milliseconds after a gesture; what follows a draft is under way by then
EACH = 4  # gestures on every control
LATE = 20_000  # milliseconds after which a gesture counts as without an answer
READY = """async () => {
  const widget = window.jupyterapp?.shell.currentWidget;
  if (!widget?.sessionContext?.isReady || !widget.sessionContext.session?.kernel) return false;
  const late = new Promise((done) => setTimeout(() => done(false), 1000));
  return Promise.race([late, widget.sessionContext.session.kernel.info.then(() => true)]);
}"""
RUN = "() => { jupyterapp.commands.execute('notebook:run-all-cells'); }"
# The clock starts at the event itself, so that the driver's own way to the page is left out.
WATCH = """([section, late]) => {
  const said = section.querySelector('.course-said');
  const before = said.textContent;
  let start = null;
  const begin = () => { start ??= performance.now(); };
  const events = ['keydown', 'click'];
  events.forEach((name) => section.addEventListener(name, begin, { capture: true, once: true }));
  window.painted = new Promise((done) => {
    const observer = new MutationObserver(() => {
      if (said.textContent === before) return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
    });
    observer.observe(said, { childList: true, characterData: true, subtree: true });
    setTimeout(() => { observer.disconnect(); done(null); }, late);
  });
}"""
DONE = """() => [...jupyterapp.shell.currentWidget.content.model.sharedModel.cells]
  .every((cell) => cell.execution_count !== null)"""
SHOW = "n => jupyterapp.shell.currentWidget.content.scrollToItem(n, 'center')"
BUSY = "s => s.classList.contains('course-busy')"


def gesture_rows(names: list[str], unit: float) -> list[Row]:
    """One row for every view, or one that says what is missing."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return [Row.missing("all views", CASE, "playwright is not installed")]
    chromium = find_chromium()
    if chromium is None:
        return [Row.missing("all views", CASE, "there is no Chromium")]
    with _lab(names) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1400})
        page.goto(address)
        _until(lambda: page.evaluate(READY), "the notebook does not open")
        page.evaluate(RUN)
        _until(lambda: page.evaluate(DONE), "the views do not open")
        rows = [_row(name, _gestures(page, name, cell), unit) for cell, name in enumerate(names, 1)]
        browser.close()
    return rows


def _row(name: str, milliseconds: list[float], unit: float) -> Row:
    if not milliseconds:
        return Row.missing(name, CASE, "nothing answered")
    seconds = tuple(value / 1000 for value in milliseconds)
    return Row(name, CASE, Timing(seconds, unit), note=f"{len(seconds)} gestures")


def _gestures(page: Any, name: str, cell: int) -> list[float]:
    """Milliseconds of each gesture that the view answered."""
    page.evaluate(SHOW, cell)  # JupyterLab draws a cell when it comes near
    section = page.locator(f".course-{name}").first
    section.wait_for(state="attached", timeout=1000 * START)
    section.scroll_into_view_if_needed()
    times = [_timed(page, section, gesture) for gesture in _all(section)]
    return [one for one in times if one is not None]


def _all(section: Any) -> Iterator[Any]:
    for slider in section.locator("input[type=range]").all():
        for _ in range(EACH):
            at_end = slider.evaluate("s => Number(s.value) >= Number(s.max)")
            slider.focus()
            yield lambda s=slider, key=at_end: s.press("ArrowLeft" if key else "ArrowRight")
    for group in section.locator(".course-choice").all():
        for _ in range(EACH // 2):
            others = group.locator("input:not(:checked)")
            if others.count():
                yield lambda other=others.first: other.check(force=True)
    for face in section.locator("[role=application]").all():
        for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
            yield lambda f=face, k=key: f.press(k)


def _timed(page: Any, section: Any, gesture: Any) -> float | None:
    """One gesture, after the answer to the one before has come whole."""
    page.wait_for_timeout(QUIET)
    _until(lambda: not section.evaluate(BUSY), "a view stays busy")
    page.evaluate(WATCH, [section.element_handle(), LATE])
    gesture()
    took = page.evaluate("() => window.painted")
    return None if took is None else float(took)


def _until(yes: Any, complaint: str) -> None:
    end = time.monotonic() + START
    while not yes():
        if time.monotonic() > end:
            raise RuntimeError(f"{complaint} within {START:.0f} s")
        time.sleep(0.1)


@contextmanager
def _lab(names: list[str]) -> Iterator[str]:
    """A JupyterLab with a notebook of these views; the notebook's address."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        scratch, port, token = Path(folder), _free_port(), secrets.token_hex(8)
        _write(scratch / "views.ipynb", names)
        call = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1"]
        call += [f"--port={port}", "--port-retries=0", f"--IdentityProvider.token={token}"]
        call += ["--LabApp.expose_app_in_browser=True", f"--ServerApp.root_dir={scratch}"]
        call += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        own = {"JUPYTERLAB_WORKSPACES_DIR": str(scratch / "workspaces")}
        own |= {"PYTHONPATH": str(Path(__file__).parents[3])}
        settings = {**environment(scratch / "settings"), **own}
        with (scratch / "log").open("w") as log:
            server = subprocess.Popen(call, env=settings, stdout=log, stderr=log)
        try:
            _until(lambda: _answers(port), "JupyterLab does not answer")
            yield f"http://127.0.0.1:{port}/lab/tree/views.ipynb?token={token}&reset"
        finally:
            server.terminate()
            server.wait(timeout=20)


def _write(path: Path, names: list[str]) -> None:
    from nbformat import v4, writes

    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    sources = ["from utils.explorers import explore", *(f"explore({name!r})" for name in names)]
    cells = [v4.new_code_cell(source) for source in sources]
    path.write_text(writes(v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})))


def _free_port() -> int:
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        return plug.getsockname()[1]


def _answers(port: int) -> bool:
    with socket.socket() as plug:
        plug.settimeout(1)
        return plug.connect_ex(("127.0.0.1", port)) == 0

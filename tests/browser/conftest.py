"""One Chromium and one JupyterLab for all browser tests of a run."""

import ast
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

ROOT = Path(__file__).parents[2]
START = 60  # seconds that JupyterLab may take to answer


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A JupyterLab whose folder is `lab.folder`."""
    with Lab(tmp_path_factory.mktemp("lab")).running() as running:
        yield running


class Lab:
    """A JupyterLab with settings of its own; opens notebooks and runs them."""

    def __init__(self, scratch: Path, *, off: tuple[str, ...] = ()) -> None:
        self.scratch, self.folder = scratch, scratch / "work"
        self.folder.mkdir(exist_ok=True)
        self.port, self.token = 0, secrets.token_hex(8)
        pages = scratch / "config" / "labconfig"
        pages.mkdir(parents=True, exist_ok=True)
        disabled = dict.fromkeys(("@jupyterlab/apputils-extension:announcements", *off), True)
        (pages / "page_config.json").write_text(json.dumps({"disabledExtensions": disabled}))

    @contextmanager
    def running(self):
        """The server, from its start to its end; it may run again after that."""
        self.port = _free_port()
        places = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
        }
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        environment |= {name: str(self.scratch / place) for name, place in places.items()}
        call = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--ip=127.0.0.1"]
        call += [f"--port={self.port}", "--port-retries=0"]
        call += [f"--IdentityProvider.token={self.token}"]
        call += ["--LabApp.expose_app_in_browser=True", f"--ServerApp.root_dir={self.folder}"]
        call += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        log = self.scratch / "log.txt"
        with log.open("w") as words:
            server = subprocess.Popen(call, env=environment, stdout=words, stderr=subprocess.STDOUT)
            try:
                _wait_for(f"http://127.0.0.1:{self.port}/api?token={self.token}", log)
                yield self
            finally:
                server.terminate()
                server.wait(timeout=20)

    def write(self, notebook: str, *sources: str) -> None:
        """A notebook of code cells in the folder."""
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        cells = [v4.new_code_cell(source) for source in sources]
        book = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        nbformat.write(book, self.folder / notebook)

    def open(self, tab, notebook: str) -> None:
        """Open a notebook of the folder; its kernel answers."""
        tab.goto(f"http://127.0.0.1:{self.port}/lab/tree/{notebook}?token={self.token}&reset")
        _until(tab, READY)

    def run(self, tab, notebook: str) -> None:
        """Open a notebook of the folder and wait until every cell has run."""
        self.open(tab, notebook)
        tab.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells') }")
        _until(tab, DONE)
        errors = tab.evaluate(ERRORS)
        assert not errors, f"{notebook}: {errors}"

    def run_cell(self, tab, number: int) -> None:
        """Run one cell again and wait for its end."""
        tab.evaluate(ONE_CELL, number)

    def python(self, tab, expression: str) -> str:
        """What the kernel says to an expression whose value is a text."""
        return ast.literal_eval(tab.evaluate(ASK, expression))


def _until(tab, script: str, seconds: float = 90) -> None:
    # wait_for_function takes the promise of an async function for a yes.
    end = time.monotonic() + seconds
    while not tab.evaluate(script):
        if time.monotonic() > end:
            pytest.fail(f"not within {seconds} s: {script}")
        tab.wait_for_timeout(100)


ONE_CELL = """async (number) => {
  const { content } = jupyterapp.shell.currentWidget;
  content.activeCellIndex = number;
  await content.scrollToItem(number, 'center');
  await jupyterapp.commands.execute('notebook:run-cell');
}"""
ASK = """async (value) => {
  const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
  const request = { code: '', silent: true, user_expressions: { value } };
  const { content } = await kernel.requestExecute(request).done;
  return content.user_expressions.value.data['text/plain'];
}"""
READY = """async () => {
  const widget = window.jupyterapp?.shell.currentWidget;
  if (!widget?.sessionContext?.isReady) return false; // the status dot says "idle" before that
  if (!widget.sessionContext.session?.kernel) return false;
  const late = new Promise((done) => setTimeout(() => done(false), 1000));
  return Promise.race([late, widget.sessionContext.session.kernel.info.then(() => true)]);
}"""
CODE = """const cells = [...jupyterapp.shell.currentWidget.content.model.sharedModel.cells];
  const code = cells.filter((cell) => cell.cell_type === 'code' && cell.source.trim());
  const errors = code.flatMap((cell) => cell.toJSON().outputs)
    .filter((output) => output.output_type === 'error').map((output) => output.evalue);"""
ERRORS = f"() => {{ {CODE} return errors; }}"
# JupyterLab stops at an error, so waiting for the cells behind it would be in vain.
DONE = f"""() => {{ {CODE}
  return errors.length > 0 || code.every((cell) => cell.execution_count !== null);
}}"""


def _free_port() -> int:
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        return plug.getsockname()[1]


def _wait_for(url: str, log: Path) -> None:
    end = time.monotonic() + START
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not answer within {START} s:\n{log.read_text()[-2000:]}")

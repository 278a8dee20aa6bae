"""Open JupyterLab on the first notebook.

What is not known here goes on to JupyterLab: `lab --no-browser`, `lab --port 8890`; `lab
--help-all` lists it. Your settings of Jupyter servers are left aside, and the looks that you chose
in JupyterLab stay; `lab --config FILE` reads a file of server settings.
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from utils.cli._ground import NOTEBOOKS, ROOT, own_kernels_first

PASSES_ON = True
FOREIGN = ("JUPYTER_CONFIG_PATH", "JUPYTER_NO_CONFIG", "JUPYTERLAB_DIR")
NEWS = "@jupyterlab/apputils-extension:announcements"  # it asks for news, and then fetches them
# A page of a lesson opens as it is read, not as its source.
READ = {
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}}
}
# JupyterLab writes the first line of a folded output beside it: just what should not be seen yet.
# And it breaks long lines of code in the middle of a word, where they can be scrolled as well.
LOOKS = """\
.jp-OutputPlaceholder .jp-PlaceholderText { display: none; }
.jp-OutputPlaceholder .jp-Placeholder-contentContainer::before {
  content: "Guess first. Then run the cell, or click here to look.";
  margin-right: 0.5em;
}
.jp-RenderedMarkdown pre code { white-space: pre; word-break: normal; }
"""
FIRST = NOTEBOOKS / "00_start_here.ipynb"
ASKING = ("--version", "-V", "--help", "-h", "--help-all", "--allow-root")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own: all options are JupyterLab's."""


def fault(args: argparse.Namespace) -> str:
    """What makes no sense in the call, or nothing."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root and not any(word.split("=")[0] in ASKING for word in args.passed_on):
        return (
            "you are root, and JupyterLab does not start as root unless it is told to: start as "
            "an ordinary user, or type: python3 course.py lab --allow-root"
        )
    if not FIRST.exists():
        return f"{FIRST} is missing: take it from a fresh copy of the course."
    return ""


def environment(scratch: Path) -> dict[str, str]:
    """The variables for a server on which no setting made for another one acts.

    Its configuration lies in `scratch`: no news, the words beside folded outputs. What the user
    chose in JupyterLab (theme, shortcuts) is used where it can be written; a HOME that cannot be is
    left alone.
    """
    from jupyter_core import paths

    config = scratch / "config"
    (config / "labconfig").mkdir(parents=True)
    page = {"disabledExtensions": {NEWS: True}}
    (config / "labconfig" / "page_config.json").write_text(json.dumps(page), encoding="utf-8")
    overrides = config / "labconfig" / "default_setting_overrides.json"
    overrides.write_text(json.dumps(READ), encoding="utf-8")
    (config / "custom").mkdir()
    (config / "custom" / "custom.css").write_text(LOOKS, encoding="utf-8")
    users = {
        "JUPYTER_DATA_DIR": Path(paths.jupyter_data_dir()),
        "JUPYTER_RUNTIME_DIR": Path(paths.jupyter_runtime_dir()),
        "JUPYTERLAB_SETTINGS_DIR": Path(paths.jupyter_config_dir()) / "lab" / "user-settings",
        "JUPYTERLAB_WORKSPACES_DIR": Path(paths.jupyter_config_dir()) / "lab" / "workspaces",
        "IPYTHONDIR": Path("~/.ipython").expanduser(),
    }
    places = {}
    for name, usual in users.items():
        place = Path(os.environ.get(name) or usual)
        places[name] = str(place if can_write(place) else scratch / name.lower())
    kept = {key: value for key, value in os.environ.items() if key not in FOREIGN}
    return {**kept, **own_kernels_first(), **places, "JUPYTER_CONFIG_DIR": str(config)}


def can_write(folder: Path) -> bool:
    """Whether a file can be made in a folder (made as well): nothing else tells for sure."""
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    return False


def main(args: argparse.Namespace) -> int:
    """Start JupyterLab and wait until it ends."""
    print("course: JupyterLab opens in your browser; Ctrl-C here, twice, ends it.", flush=True)
    call = [sys.executable, "-m", "jupyterlab", *settings(), str(FIRST), *args.passed_on]
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as scratch:
        child = subprocess.Popen(call, cwd=ROOT, env=environment(Path(scratch)))
        before = signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        try:
            return _wait(child)
        finally:
            signal.signal(signal.SIGTERM, before)


def _wait(child: subprocess.Popen) -> int:
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            pass  # JupyterLab asks whether it should end


def settings() -> list[str]:
    """Where the server works, also against a system's own settings.

    With the first notebook alone, its folder would be the root, and no link out of it would work.
    """
    places = ("ServerApp.root_dir", "ServerApp.preferred_dir")
    own = ["--FileContentsManager.preferred_dir=", "--LabApp.custom_css=True"]
    return [f"--{name}={ROOT}" for name in places] + own

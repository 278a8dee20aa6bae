"""Open JupyterLab on the first notebook.

What is not known here goes on to JupyterLab: `lab --no-browser`, `lab --port 8890`.
"""

import argparse
import subprocess
import sys

from utils.cli._ground import NOTEBOOKS, ROOT, complain

PASSES_ON = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own: all options are JupyterLab's."""


def main(args: argparse.Namespace) -> int:
    """Start JupyterLab and wait until it ends."""
    first = NOTEBOOKS / "00_start_here.ipynb"
    if not first.exists():
        return complain(f"{first} is missing: take it from a fresh copy of the course.")
    print("course: JupyterLab opens in your browser; Ctrl-C here, twice, ends it.", flush=True)
    # With the first notebook alone, its folder would be the root, and no link out of it would work.
    root = f"--ServerApp.root_dir={ROOT}"
    call = [sys.executable, "-m", "jupyterlab", root, str(first), *args.passed_on]
    child = subprocess.Popen(call, cwd=ROOT)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            pass  # JupyterLab asks whether it should end

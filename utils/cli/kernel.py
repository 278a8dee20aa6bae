"""Install, and offer the course as a kernel to any Jupyter of this user (VS Code, JupyterHub)."""

import argparse
import subprocess
import sys

from utils.cli._ground import ROOT, complain

NAME = "five-vision-models"
TITLE = "Five vision models"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the kernel is registered."""
    parser.add_argument("--prefix", help="register under this folder instead of the user's own")


def main(args: argparse.Namespace) -> int:
    """Register this environment's kernel under the name of the course."""
    where = ["--prefix", args.prefix] if args.prefix else ["--user"]
    named = ["--name", NAME, "--display-name", TITLE]
    # Another copy of the course may share this environment: the kernel says whose `utils` it is.
    ours = ["--env", "COURSE_ROOT", str(ROOT)]
    status = subprocess.call([sys.executable, "-m", "ipykernel", "install", *where, *named, *ours])
    if status:
        return complain("the kernel is not registered: --prefix FOLDER names a place to write.")
    print(f"course: choose the kernel `{TITLE}`, or this Python: {sys.executable}")
    return 0

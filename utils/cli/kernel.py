"""Install, and offer the course as a kernel to any Jupyter of this user (VS Code, JupyterHub)."""

import argparse
import subprocess
import sys

NAME = "five-vision-models"
TITLE = "Five vision models"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the kernel is registered."""
    parser.add_argument("--prefix", help="register under this folder instead of the user's own")


def main(args: argparse.Namespace) -> int:
    """Register this environment's kernel under the name of the course."""
    where = ["--prefix", args.prefix] if args.prefix else ["--user"]
    named = ["--name", NAME, "--display-name", TITLE]
    status = subprocess.call([sys.executable, "-m", "ipykernel", "install", *where, *named])
    if status == 0:
        print(f"course: choose the kernel `{TITLE}`, or this Python: {sys.executable}")
    return status

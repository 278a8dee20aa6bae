"""Download every pinned package into a folder (wheels DIR), for machines without internet.

The other machine needs the same system and the same version of Python; there, any command takes
--wheels DIR. What is installed here stays as it is.
"""

import argparse
import tempfile
from pathlib import Path

from utils.cli._ground import ROOT, complain
from utils.cli.install.environment import inspect, make
from utils.cli.install.pip import ensure_pip, run_pip
from utils.cli.install.place import InstallError, base_python, say

ALONE = True  # runs in the Python that it was started with: nothing has to be installed for it
FILES = ("requirements.txt", "requirements-test.txt", "requirements-site.txt")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="is made where it does not exist")


def fault(args: argparse.Namespace) -> str:
    """What makes no sense in the call, or nothing."""
    if args.folder.exists() and not args.folder.is_dir():
        return f"{args.folder} is a file: name a folder for the packages"
    return ""


def main(args: argparse.Namespace) -> int:
    """Fill the folder, by a pip of its own in an environment that goes afterwards."""
    folder = args.folder.expanduser().absolute()
    folder.mkdir(parents=True, exist_ok=True)
    say(f"downloading every pinned wheel into {folder}")
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as scratch:
        environment, log = Path(scratch) / "venv", folder / "pip.log"
        log.write_bytes(b"")
        try:
            make(environment, base_python(), log)
            report = inspect(environment, [])
            if report is None:
                return complain(f"{base_python()} cannot make an environment: use another Python.")
            ensure_pip(environment, report, log=log, lock=None)
            call = ["download", "--only-binary=:all:", "-d", str(folder)]
            call += [part for name in FILES for part in ("-r", str(ROOT / name))]
            run_pip(environment, call, report=report, log=log)
        except InstallError as error:
            return complain(str(error))
    log.unlink()
    return 0

"""Run everything that has to pass: style, types, code, notebooks, lessons, browser.

All steps run, also after one that failed; the verdict on each stands at the end. Names pick single
steps: `test code browser`.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from utils.cli._ground import LESSONS, NOTEBOOKS, ROOT, kernel_environment

NO_TESTS = 5  # pytest's exit status where nothing was collected
NBVAL = ["--nbval", "--nbval-current-env", "--nbval-sanitize-with", "tests/nbval_sanitize.cfg"]
WORKERS = ["-n", "2", "--dist", "loadfile"]  # loadfile keeps the cells of a notebook together

Calls = list[list[str]]


def style(args: argparse.Namespace) -> Calls:
    """Lint and format, notebooks too."""
    return [["ruff", "check", "."], ["ruff", "format", "--check", "."]]


def types(args: argparse.Namespace) -> Calls:
    """The type checker."""
    return [["mypy"]]


def code(args: argparse.Namespace) -> Calls:
    """Every test without a browser, a lesson or a stored output."""
    kinds = "not browser" if args.all else "not browser and not slow"
    return [["pytest", "-m", kinds, "--ignore", "tests/lessons", *WORKERS, *picked(args), "tests"]]


def notebooks(args: argparse.Namespace) -> Calls:
    """Each notebook on a fresh kernel, its outputs compared with the stored ones."""
    found = sorted(map(str, NOTEBOOKS.glob("*.ipynb")))
    return [["pytest", *NBVAL, *WORKERS, *picked(args), *found]] if found else []


def lessons(args: argparse.Namespace) -> Calls:
    """The tests of the lessons, and their solutions like the notebooks."""
    found = sorted(map(str, LESSONS.glob("*/solutions.ipynb")))
    found += ["tests/lessons"] if (ROOT / "tests" / "lessons").exists() else []
    kinds = [] if args.all else ["-m", "not slow"]
    return [["pytest", *NBVAL, *kinds, *WORKERS, *picked(args), *found]] if found else []


def browser(args: argparse.Namespace) -> Calls:
    """A real JupyterLab in a real Chromium, touched."""
    kinds = "browser" if args.all else "browser and not slow"
    return [["pytest", "-m", kinds, *picked(args), "tests"]]


STEPS: tuple[Callable[[argparse.Namespace], Calls], ...] = (
    style,
    types,
    code,
    notebooks,
    lessons,
    browser,
)


def picked(args: argparse.Namespace) -> list[str]:
    """What every pytest gets: short, with failures and skips by name, and the learner's -k."""
    return ["-q", "-rfEs", "--tb=short", *(["-k", args.k] if args.k else [])]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which steps, which tests."""
    names = [step.__name__ for step in STEPS]
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"only these: {', '.join(names)}")
    parser.add_argument("--all", action="store_true", help="the slow tests too")
    parser.add_argument("-k", metavar="WORD", help="only tests whose name matches, as in pytest")


def fault(args: argparse.Namespace) -> str:
    """What makes no sense in the call, or nothing."""
    known = [step.__name__ for step in STEPS]
    unknown = [name for name in args.steps if name not in known]
    return f"no step {unknown[0]}; there are {', '.join(known)}" if unknown else ""


def counts(report: Path) -> tuple[int, int, int]:
    """Passed, failed and skipped, from the report that pytest wrote."""
    if not report.exists():
        return 0, 0, 0
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
    total, skipped = (sum(int(s.get(key, 0)) for s in suites) for key in ("tests", "skipped"))
    failed = sum(int(s.get("failures", 0)) + int(s.get("errors", 0)) for s in suites)
    return total - skipped - failed, failed, skipped


def run_call(call: list[str], scratch: Path) -> tuple[bool, tuple[int, int, int]]:
    """Run one tool in this environment; whether it passed, and what it counted."""
    report = scratch / "report.xml"
    report.unlink(missing_ok=True)
    is_pytest = call[0] == "pytest"
    extra = ["--junit-xml", str(report)] if is_pytest else []
    print(f"\ncourse: {' '.join(call)}", flush=True)
    full = [sys.executable, "-m", *call, *extra]
    status = subprocess.call(full, cwd=ROOT, env=kernel_environment(scratch))
    return status == 0 or (is_pytest and status == NO_TESTS), counts(report)


def main(args: argparse.Namespace) -> int:
    """Run the steps; 1 where any of them failed."""
    known = {step.__name__: step for step in STEPS}
    verdicts, sums, all_passed = [], [0, 0, 0], True
    for name, step in known.items():
        if args.steps and name not in args.steps:
            continue
        started, passed, counted = time.perf_counter(), True, [0, 0, 0]
        with tempfile.TemporaryDirectory() as scratch:
            for call in step(args):
                good, more = run_call(call, Path(scratch))
                passed, counted = (
                    passed and good,
                    [a + b for a, b in zip(counted, more, strict=True)],
                )
        sums = [a + b for a, b in zip(sums, counted, strict=True)]
        detail = "{} passed, {} failed, {} skipped".format(*counted) if any(counted) else ""
        seconds = time.perf_counter() - started
        verdicts.append(f"{name:10} {'passed' if passed else 'FAILED'} {seconds:5.0f} s   {detail}")
        all_passed = all_passed and passed
    print("\n" + "\n".join(f"course: {verdict.rstrip()}" for verdict in verdicts))
    print("{} passed, {} failed, {} skipped".format(*sums), flush=True)
    return 0 if all_passed else 1

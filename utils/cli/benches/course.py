"""How long a learner waits: `import utils` beyond torch's own import, and every notebook."""

import subprocess
import sys
import time

import torch

from utils.cli._ground import NOTEBOOKS
from utils.cli.benches.timing import Row, Settings, Timing, unit_seconds
from utils.cli.execute import run as execute

IMPORT = """
import time
import torch
started = time.perf_counter()
import utils
from utils.models import create_model
print(time.perf_counter() - started)
"""


def run(settings: Settings) -> list[Row]:
    """One row for the import; with `--all` one for each notebook, run once from top to bottom."""
    rows = [
        _row("import utils", "beyond torch's own", [_import() for _ in range(settings.repeats)])
    ]
    for path in sorted(NOTEBOOKS.glob("*.ipynb")) if settings.all else ():
        started = time.perf_counter()
        execute(path)
        rows.append(_row(path.stem, "run on a fresh kernel", [time.perf_counter() - started]))
    return rows


def _row(name: str, case: str, seconds: list[float]) -> Row:
    return Row(name, case, Timing(tuple(seconds), unit_seconds(torch.device("cpu"))))


def _import() -> float:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True
    )
    return float(done.stdout)

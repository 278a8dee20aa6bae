"""Run a file of tests in node, where node is present."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not here")


def passes(file: str, cases: Path) -> str:
    """What node's test runner said; fails with it where a test failed."""
    call = [str(NODE), "--test", "--test-reporter=tap", str(HERE / file)]
    environment = {**os.environ, "COURSE_CASES": str(cases)}
    done = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout

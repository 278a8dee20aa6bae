"""What makes the environment needs nothing of it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
FILES = sorted((ROOT / "utils" / "cli" / "install").glob("*.py"))


def test_installing_needs_the_standard_library_alone():
    names = [f"utils.cli.install.{path.stem}" for path in FILES if path.stem != "__init__"]
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import {', '.join(names)}; print('ok')"
    bare = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(bare, capture_output=True, text=True)
    assert done.stdout == "ok\n", done.stderr
    assert len(names) >= 8

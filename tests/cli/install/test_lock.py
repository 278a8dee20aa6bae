"""One holder at a time, and none that is dead."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from utils.cli.install import lock
from utils.cli.install.lock import locked

ROOT = Path(__file__).parents[3]
HOLD = "import sys; from utils.cli.install.lock import locked; from pathlib import Path\n"
HOLD += "with locked(Path(sys.argv[1])) as handle:\n"
STAY = "    print('held', flush=True); sys.stdin.read()\n"
# A child that inherits the handle, as pip does, and a parent that is killed.
LEAVE = (
    "    import os, subprocess\n"
    "    wait = [sys.executable, '-c', 'import sys; sys.stdin.read()']\n"
    "    subprocess.Popen(wait, pass_fds=(handle,))\n"
    "    print('held', flush=True); os.kill(os.getpid(), 9)\n"
)


def holder(path: Path, code: str) -> subprocess.Popen:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD + code, path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout.readline() == "held\n"
    return child


def waits_for(path: Path, end) -> bool:
    """Whether a second holder has to wait until `end()`; False where it got the lock before."""
    got = threading.Event()

    def second():
        with locked(path):
            got.set()

    thread = threading.Thread(target=second)
    thread.start()
    waited = not got.wait(0.5)
    end()
    thread.join()
    assert got.is_set()
    return waited


def test_the_second_waits_and_says_so(tmp_path, capsys):
    child = holder(tmp_path / "a" / ".venv.lock", STAY)
    assert waits_for(tmp_path / "a" / ".venv.lock", child.communicate)
    assert "another start is installing into" in capsys.readouterr().out


def test_a_dead_holder_never_blocks(tmp_path, capsys):
    child = holder(tmp_path / ".venv.lock", STAY)
    child.kill()
    child.communicate()
    with locked(tmp_path / ".venv.lock"):
        pass
    assert capsys.readouterr().out == ""


@pytest.mark.skipif(os.name == "nt", reason="a lock is not inherited on Windows")
def test_what_a_dead_one_left_running_holds_it(tmp_path):
    child = holder(tmp_path / ".venv.lock", LEAVE)
    child.wait()
    assert waits_for(tmp_path / ".venv.lock", child.stdin.close)


@pytest.mark.skipif(os.name == "nt", reason="flock")
def test_a_disk_without_locks_does_not_end_the_start(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", refuse)
    monkeypatch.setattr(lock, "PAUSE", 60)
    started = time.monotonic()
    with locked(tmp_path / ".venv.lock"):
        assert time.monotonic() - started < 30

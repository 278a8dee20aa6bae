"""Two runs never write one output, and a lock ends with its process."""

import subprocess
import sys
import textwrap

import pytest

from utils.errors import ConfigError
from utils.io import only_writer, whole_file, write_bytes

HOLDS = """
    import sys, time
    from utils.io import only_writer, whole_file
    with only_writer(sys.argv[1]), whole_file(sys.argv[2]) as file:
        file.write(b"half" * 1000)
        file.flush()
        print("held", flush=True)
        time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds `out` and is in the middle of writing `a.bin`."""
    call = [sys.executable, "-c", textwrap.dedent(HOLDS), tmp_path / "out", tmp_path / "a.bin"]
    with subprocess.Popen(list(map(str, call)), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_what_another_run_holds_is_said(holder, tmp_path):
    told = r"another run is writing 'out': one run writes one output; wait until it is done"
    with pytest.raises(ConfigError, match=told), only_writer(tmp_path / "out"):
        pass
    with only_writer(tmp_path / "other"):
        pass


def test_a_lock_ends_with_its_process_and_leaves_nothing(holder, tmp_path):
    holder.kill()
    holder.wait()
    with only_writer(tmp_path / "out"):
        assert (tmp_path / ".out.lock").exists()
    write_bytes(tmp_path / "a.bin", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]
    assert (tmp_path / "a.bin").read_bytes() == b"new"


def test_two_writers_of_one_file_do_not_meet(holder, tmp_path):
    write_bytes(tmp_path / "a.bin", b"ours")
    assert (tmp_path / "a.bin").read_bytes() == b"ours"
    assert (tmp_path / ".a.bin.part").stat().st_size == 4000  # the other one goes on
    with whole_file(tmp_path / "b.bin") as one, whole_file(tmp_path / "b.bin") as two:
        one.write(b"one and more")
        two.write(b"two")
    assert (tmp_path / "b.bin").read_bytes() == b"one and more"


def test_a_lock_is_free_again_after_an_error(tmp_path):
    with pytest.raises(OSError, match="full"), only_writer(tmp_path / "out"):
        raise OSError("full")
    with only_writer(tmp_path / "out"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_very_long_names_are_written(tmp_path):
    name = "n" * 240 + ".bin"
    write_bytes(tmp_path / name, b"long")
    assert [path.name for path in tmp_path.iterdir()] == [name]

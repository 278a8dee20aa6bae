"""Files appear whole or not at all."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

from utils.errors import ConfigError
from utils.io import whole_file, write_bytes, write_json, write_text


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    place = tmp_path / "a.bin"
    write_bytes(place, b"old")

    def fill_the_disk():
        with whole_file(place) as file:
            file.write(b"half of the ne")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fill_the_disk()
    assert place.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [place]


def test_nothing_is_seen_before_the_end(tmp_path):
    place = tmp_path / "a.bin"
    with whole_file(place) as file:
        file.write(b"new")
        file.flush()
        assert not place.exists()
    assert place.read_bytes() == b"new"


@pytest.mark.skipif(os.name == "nt", reason="POSIX: a process is killed by a signal")
def test_a_killed_process_leaves_the_old_file(tmp_path):
    place = tmp_path / "a.bin"
    write_bytes(place, b"old")
    script = f"""
        import os, signal
        from utils.io import whole_file
        with whole_file({str(place)!r}) as file:
            file.write(b"half")
            file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert ended.returncode == -9
    assert place.read_bytes() == b"old"


@pytest.mark.skipif(os.name == "nt", reason="POSIX: rights are bits")
def test_rights_are_those_of_a_usual_file(tmp_path):
    (tmp_path / "usual").touch()
    write_text(tmp_path / "new", "text")
    usual, new = ((tmp_path / name).stat().st_mode for name in ("usual", "new"))
    assert new == usual
    (tmp_path / "new").chmod(0o640)
    write_text(tmp_path / "new", "text again")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640


def test_json_is_readable_and_ends_with_a_line(tmp_path):
    place = tmp_path / "card.json"
    write_json(place, {"name": "σ = 25", "steps": [1, 2]})
    text = place.read_text(encoding="utf-8")
    assert json.loads(text) == {"name": "σ = 25", "steps": [1, 2]}
    assert text.endswith("}\n")
    assert "σ" in text


def test_json_refuses_nan(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "card.json", {"loss": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(ConfigError, match=r"folder that does not exist: .*; make the folder 'no'"):
        write_bytes(tmp_path / "no" / "a", b"")

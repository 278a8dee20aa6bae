"""`course.py train` says before the work what keeps its files from being written."""

import pytest

from utils.cli import __main__ as entry
from utils.cli import train as command
from utils.io import only_writer


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "RUNS", tmp_path / "runs")
    monkeypatch.setattr("utils.checkpoints.shipped.SHIPPED", tmp_path)
    monkeypatch.setattr("utils.training.claims.base.FOLDER", tmp_path)

    def never(*args, **kwargs):
        raise AssertionError("the work has begun")

    monkeypatch.setattr("utils.training.follow", never)
    monkeypatch.setattr("utils.training.claims.run_claim", never)
    return tmp_path


def test_a_run_that_another_one_makes_is_left_to_it(place, capsys):
    with only_writer(place / "runs" / "swin_nano.pt"), only_writer(place / "swin.json"):
        assert entry.main(["train", "swin_nano", "--fresh"]) == 1
        assert "another run is writing 'swin_nano.pt'" in capsys.readouterr().err
        assert entry.main(["train", "claims/swin"]) == 1
        assert "another run is writing 'swin.json'" in capsys.readouterr().err


def test_a_folder_that_cannot_be_is_said(place, capsys):
    (place / "runs").touch()
    assert entry.main(["train", "swin_nano"]) == 2
    assert "runs is a file" in capsys.readouterr().err


def test_minutes_are_above_nothing(place, capsys):
    for minutes in ("0", "-1", "nan"):
        with pytest.raises(SystemExit):
            entry.main(["train", "swin_nano", f"--minutes={minutes}"])
        assert "minutes are above 0" in capsys.readouterr().err

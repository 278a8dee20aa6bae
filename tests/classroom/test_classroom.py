"""A class's logs: written by learners, read without trust, shown on the board."""

import json
import urllib.request
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Thread

import pytest

from utils.classroom import log as logs
from utils.classroom import read_class
from utils.classroom.board import Task, answers_of, board, tasks
from utils.classroom.read import is_stuck
from utils.classroom.server import page, said, serve
from utils.cli._ground import LESSONS

TASK = Task("shift_map", "Roll a map", "01", 5, {"wrong way": "Look at the sign."}, {})


def recorder():
    spec = spec_from_file_location("record", Path(__file__).with_name("record.py"))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def classroom(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CLASS", str(tmp_path / "class"))
    monkeypatch.setenv("COURSE_LEARNER", "Zoë")
    monkeypatch.setitem(logs._state, "left", False)
    monkeypatch.setattr("utils.checks.listeners._listeners", [])
    return tmp_path / "class"


def line(exercise="shift_map", kind="wrong", mistake="", time=0.0) -> str:
    return json.dumps({"exercise": exercise, "kind": kind, "mistake": mistake, "time": time}) + "\n"


def write(folder: Path, who: str, *lines: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{who}.jsonl").write_text("".join(lines), encoding="utf-8")


def test_a_verdict_is_one_line_with_four_fields(classroom):
    logs.log_verdict("shift_map", "wrong", "axes swapped")
    logs.log_verdict("shift_map", "right")
    (path,) = classroom.iterdir()
    fields = [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]
    assert path.stem == "Zoë"
    assert [set(entry) for entry in fields] == [{"exercise", "kind", "mistake", "time"}] * 2
    assert read_class(classroom).entries["Zoë"][0].mistake == "axes swapped"


def test_nothing_is_written_without_a_class_or_after_leaving(classroom, monkeypatch):
    assert "Zoë" in logs.joined()
    logs.leave()
    logs.log_verdict("shift_map", "right")
    assert "stay with you" in logs.joined()
    monkeypatch.setitem(logs._state, "left", False)
    monkeypatch.delenv("COURSE_CLASS")
    logs.log_verdict("shift_map", "right")
    assert not classroom.exists()


def test_the_checker_tells_of_verdicts_and_hints(classroom):
    from utils.checks import check, hint

    logs.joined()
    check(lambda x, shift_size: x, "shift_map")
    hint("shift_map", 2)
    entries = read_class(classroom).entries["Zoë"]
    assert [(e.exercise, e.kind) for e in entries] == [
        ("shift_map", "wrong"),
        ("shift_map", "hint"),
    ]


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path, classroom, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("COURSE_CLASS", str(tmp_path / "file"))
    logs.log_verdict("shift_map", "right")
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_learner_without_a_name_keeps_eight_letters(tmp_path, monkeypatch):
    monkeypatch.delenv("COURSE_LEARNER", raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setitem(logs._state, "learner", "")
    first = logs.learner()
    monkeypatch.setitem(logs._state, "learner", "")
    assert len(first) == 8
    assert logs.learner() == first


@pytest.mark.parametrize(
    "bad",
    [
        "{",
        "[1, 2]",
        '{"exercise": "shift_map"}',
        line(kind="hacked"),
        line(exercise="x" * 300),
        line(time=0.0).replace("0.0", "NaN"),
        line(time=0.0).replace("0.0", "true"),
        line().replace('"wrong"', "7"),
        "[" * 5000,
        line(mistake="y" * 3000),
        "\x00\xff",
    ],
)
def test_a_bad_line_is_counted_and_skipped(tmp_path, bad):
    write(tmp_path, "seat", line(kind="right"), bad.rstrip("\n") + "\n", line(time=1.0))
    log = read_class(tmp_path)
    assert [entry.kind for entry in log.entries["seat"]] == ["right", "wrong"]
    assert log.skipped == {"seat.jsonl": 1}


def test_a_hostile_word_stays_a_word(tmp_path):
    evil = "</title><script>alert(1)</script>"
    write(tmp_path, "seat", line(mistake=evil), line(exercise=evil))
    (tmp_path / f"{'<img onerror=1>'}.jsonl").write_text(line(), encoding="utf-8")
    text = page(tmp_path, [TASK])
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_stuck_is_three_times_the_same_since_the_last_right_one():
    def entries(*pairs):
        return [logs.Entry("e", kind, mistake) for kind, mistake in pairs]

    same = ("wrong", "sign")
    assert is_stuck(entries(same, same, same))
    assert not is_stuck(entries(same, same, ("wrong", "axes")))
    assert not is_stuck(entries(same, same, ("right", ""), same))
    assert is_stuck(entries(("hint", ""), ("hint", ""), ("hint", "")))


def test_states_mistakes_and_minutes(tmp_path):
    write(tmp_path, "a", line(mistake="wrong way", time=0.0), line(kind="right", time=120.0))
    write(tmp_path, "b", *[line(mistake="wrong way", time=float(t)) for t in range(3)])
    write(tmp_path, "c", line(mistake="axes swapped"), line(kind="hint", time=5.0))
    log = read_class(tmp_path)
    assert [log.state(who, "shift_map") for who in "abcd"] == ["right", "stuck", "wrong", ""]
    assert log.mistakes("shift_map") == [("wrong way", 2), ("axes swapped", 1)]
    assert log.minutes("shift_map") == 2.0
    text = board(log, [TASK])
    assert "Look at the sign." in text
    assert "2 of 5" in text


def test_minutes_begin_where_the_exercise_before_was_right(tmp_path):
    write(
        tmp_path,
        "a",
        line("window_merge", kind="right", time=60.0),
        line(kind="wrong", time=240.0),
        line(kind="right", time=360.0),
    )
    assert read_class(tmp_path).minutes("shift_map") == 5.0


def test_the_teachers_plan_answers_a_mistake_by_its_name():
    text = '## Misconceptions\n\n| what | how |\n|---|---|\n| "√c" | it names "wrong width" |\n'
    assert answers_of(text, ["wrong width", "other"]) == {
        "wrong width": '"√c": it names "wrong width"'
    }


def test_the_recorded_class_fills_the_board(tmp_path):
    recorder().record(tmp_path)
    found = tasks(LESSONS)
    text = board(read_class(tmp_path), found)
    assert text.count("class='dot") == 30 * sum(task.lesson == "01" for task in found)
    assert "stuck" in text
    assert "Skipped" not in text
    assert said(tmp_path).startswith("Learners: 30.")


def test_the_page_is_served_to_this_machine_and_renews_itself(tmp_path):
    write(tmp_path, "seat", line())
    server = serve(tmp_path, [TASK])
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        first = urllib.request.urlopen(f"{address}/").read().decode()
        write(tmp_path, "other", line(kind="right"))
        news = json.load(urllib.request.urlopen(f"{address}/board"))
    finally:
        server.shutdown()
        server.server_close()
    assert first.startswith("<!doctype html>")
    assert "Learners: 1." in first
    assert news["said"].startswith("Learners: 2.")
    assert "other" in news["board"]

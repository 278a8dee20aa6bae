"""Answers as students write them from the text alone: right ones pass, wrong ones are named.

A few of them, drawn by the exercise's name, are tried on every run; all of them in the long one.
"""

import importlib
import re
from pathlib import Path

import pytest

from tests.checks.students.collect import RIGHT, WRONG
from utils.checks import all_exercises, judge

EXERCISES = all_exercises()
for path in sorted((Path(__file__).parent / "students").glob("lesson*.py")):
    importlib.import_module(f"tests.checks.students.{path.stem}")
RARE = 12  # one of so many is tried on every run
UNNAMED = 0.1  # the share of wrong answers of which the cause may stay unsaid


def some(answers):
    for place, answer in enumerate(answers):
        marks = [] if place % RARE == 0 else [pytest.mark.slow]
        yield pytest.param(*answer, marks=marks, id=f"{answer[0]}: {answer[1]}")


def said(verdict):
    """What a student reads first: the known mistake, and the sentence of the cause."""
    lines = verdict.lines[: 1 if verdict.mistake or verdict.kind == "wrong" else 2]
    return " ".join([verdict.mistake, *lines])


def test_every_exercise_has_both_kinds():
    for answers, least in ((RIGHT, 3), (WRONG, 6)):
        counts = {name: sum(one[0] == name for one in answers) for name in EXERCISES}
        assert min(counts.values()) >= least, counts


@pytest.mark.parametrize(("name", "style", "function"), list(some(RIGHT)))
def test_a_right_answer_passes(name, style, function):
    verdict = judge(EXERCISES[name], function, whole=False)
    assert verdict.kind == "right", verdict


@pytest.mark.parametrize(("name", "fault", "function", "cause"), list(some(WRONG)))
def test_a_wrong_answer_is_rejected(name, fault, function, cause):
    assert judge(EXERCISES[name], function, whole=False).kind in ("wrong", "broken")


@pytest.mark.slow
def test_the_true_cause_is_said():
    missed = []
    for name, fault, function, cause in WRONG:
        verdict = judge(EXERCISES[name], function, whole=False)
        if not re.search(cause, said(verdict), re.IGNORECASE):
            missed.append((name, fault, said(verdict)))
    assert len(missed) <= UNNAMED * len(WRONG), missed

"""Right answers pass, in whatever style they are written: `styles/` has one file per lesson."""

import importlib
import math
from pathlib import Path

import pytest
import torch
from einops import rearrange
from torch.nn import functional

from tests.checks.styles.collect import RIGHT
from utils import ops
from utils.checks import all_exercises, check, judge

EXERCISES = all_exercises()
for path in sorted((Path(__file__).parent / "styles").glob("lesson*.py")):
    importlib.import_module(f"tests.checks.styles.{path.stem}")


@pytest.mark.parametrize(("name", "function"), RIGHT.values(), ids=RIGHT)
def test_a_right_answer_passes(name, function):
    verdict = judge(EXERCISES[name], function, whole=False)  # the printed solutions run in it
    assert verdict.kind == "right", verdict
    assert verdict.points(2) == 2


def often(place, name):
    """Every fourth one; all of them are in the long run, and in the stored solutions of lessons."""
    marks = [] if place % 4 == 0 else [pytest.mark.slow]
    return pytest.param(name, marks=marks)


@pytest.mark.parametrize("name", [often(*one) for one in enumerate(EXERCISES)])
def test_the_printed_solution_passes(name):
    scope = {"math": math, "torch": torch, "rearrange": rearrange, "functional": functional}
    scope |= {op: getattr(ops, op) for op in ops.__all__}
    for exercise in EXERCISES.values():  # some build on an earlier one
        exec(exercise.solution, scope)
    verdict = check(scope[name])
    assert verdict.kind == "right", verdict
    if EXERCISES[name].whole is not None:
        assert "gives the published numbers: equal within 1e-" in repr(verdict)


def test_every_exercise_has_a_second_style():
    assert {name for name, _ in RIGHT.values()} == set(EXERCISES)

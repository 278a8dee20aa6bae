"""The checker that teaches: `check(f)` answers, `hint(f, 1)` helps, `solution(f)` shows."""

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.finding import all_exercises
from utils.checks.judging import check, hint, judge, solution
from utils.checks.verdict import Verdict

__all__ = [
    "Case",
    "Exercise",
    "Mistake",
    "Verdict",
    "Whole",
    "all_exercises",
    "check",
    "hint",
    "judge",
    "solution",
]

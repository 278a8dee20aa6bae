"""Generated answers: right ones in five styles pass, wrong ones are named by what was done."""

import pytest

from utils.checks import all_exercises, judge
from utils.checks.generated import right_answers, wrong_answers

EXERCISES = list(all_exercises().values())
RARE = 19  # one of so many exercises is tried on every run; all of them in the long one
STYLES = 4  # likewise for right answers, which are quicker


def some(exercises, rare=RARE):
    for place, exercise in enumerate(exercises):
        marks = [] if place % rare == 0 else [pytest.mark.slow]
        yield pytest.param(exercise, marks=marks, id=exercise.name)


@pytest.mark.parametrize("exercise", list(some(EXERCISES, STYLES)))
def test_a_right_answer_passes_in_five_styles(exercise):
    answers = right_answers(exercise)
    assert len(answers) == 5
    for made in answers[1:]:
        verdict = judge(exercise, made.function, whole=False)
        assert verdict.kind == "right", (made.said, verdict)


@pytest.mark.parametrize("exercise", list(some(EXERCISES)))
def test_a_wrong_answer_is_named_by_what_made_it_wrong(exercise):
    answers = list(wrong_answers(exercise, slips=3))
    assert answers
    named = 0
    for made in answers:
        verdict = judge(exercise, made.function, whole=False)
        assert verdict.kind != "right", made.said
        text = "\n".join([verdict.mistake, *verdict.lines])
        words = made.words or (verdict.mistake or verdict.probe or "?",)
        named += any(word in text or word == verdict.probe for word in words)
    assert named >= 0.75 * len(answers), (exercise.name, named, len(answers))

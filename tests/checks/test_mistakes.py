"""Every known mistake is rejected by its own name, and every exercise is complete."""

from collections import Counter

import pytest

from utils.checks import all_exercises, hint, judge, solution

EXERCISES = list(all_exercises().values())
MISTAKES = [(exercise, mistake) for exercise in EXERCISES for mistake in exercise.mistakes]
RARE = 3  # one of so many mistakes is tried on every run; all of them in the long one


def some(mistakes):
    for place, (exercise, mistake) in enumerate(mistakes):
        marks = [] if place % RARE == 0 else [pytest.mark.slow]
        yield pytest.param(exercise, mistake, marks=marks, id=f"{exercise.name}: {mistake.name}")


@pytest.mark.parametrize(("exercise", "mistake"), list(some(MISTAKES)))
def test_a_mistake_is_called_by_its_name(exercise, mistake):
    verdict = judge(exercise, mistake.function, whole=False)
    assert verdict.kind == "wrong"
    assert verdict.mistake == mistake.name
    assert verdict.lines[0] == mistake.why
    assert mistake.name in repr(verdict)
    assert verdict.points(3) == 0


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_a_wrong_answer_runs_no_whole_model(exercise, monkeypatch):
    monkeypatch.setattr("utils.checks.judging.try_in_whole", None)
    verdict = judge(exercise, exercise.mistakes[0].function)
    assert verdict.kind == "wrong"
    html = verdict._repr_mimebundle_()["text/html"]
    assert html.count("<img") == (verdict.target is not None)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_an_exercise_is_complete(exercise):
    assert 1 <= exercise.difficulty <= 5
    assert 1 <= exercise.minutes <= 60
    assert exercise.why.endswith(".")
    assert len(exercise.mistakes) >= 5
    assert len({m.name for m in exercise.mistakes}) == len(exercise.mistakes)
    assert len(exercise.cases()) >= 2
    assert len(set(exercise.hints)) == 3
    for level, text in enumerate(exercise.hints, start=1):
        assert text in hint(exercise.name, level).text
        assert f"Hint {level} of 3" in hint(exercise.name, level).text
    assert f"def {exercise.name}(" in solution(exercise.name).text


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_the_reference_agrees_with_itself_twice(exercise):
    first = [repr(exercise.reference(*case.args)) for case in exercise.cases()]
    assert first == [repr(exercise.reference(*case.args)) for case in exercise.cases()]


def test_every_lesson_has_six_exercises_or_more():
    lessons = Counter(e.reference.__module__.split(".")[-2] for e in EXERCISES)
    assert len(lessons) >= 2
    assert min(lessons.values()) >= 6, lessons
    assert {1, 2, 3, 4, 5} == {e.difficulty for e in EXERCISES}

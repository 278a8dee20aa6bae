"""What an exercise holds an answer to stands in its text: what comes back, what may be used."""

from pathlib import Path

import nbformat
import pytest

from utils.checks import all_exercises

LESSONS = Path(__file__).parents[2] / "lessons"


def texts():
    """The text of every exercise by its function's name: the words up to its stub."""
    found = {}
    for path in sorted(LESSONS.glob("*/exercises.ipynb")):
        words = ""
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                words = cell.source if cell.source.startswith("## ") else words + cell.source
            elif "NotImplementedError" in cell.source:
                name = cell.source.partition("def ")[2].partition("(")[0]
                found[name] = words
    return found


TEXTS = texts()


def test_every_exercise_has_a_text():
    assert set(TEXTS) == set(all_exercises())


@pytest.mark.parametrize("exercise", all_exercises().values(), ids=lambda e: e.name)
def test_a_text_says_what_is_held(exercise):
    text = TEXTS[exercise.name]
    assert "*Comes back:*" in text
    assert "*Of `utils` may be used:*" in text
    assert ("*Gradients pass.*" in text) == exercise.gradients
    assert "*Of `utils` may be used:* nothing." not in text or not exercise.may_call

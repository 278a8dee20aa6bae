"""Every lesson is complete, and its exercises are its solutions without the solutions."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from utils.checks import all_exercises
from utils.cli import lessons

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = sorted(path.parent for path in (ROOT / "lessons").glob("*/solutions.ipynb"))
each_lesson = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
NOTEBOOKS = {
    *("00_start_here", "01_windows_and_masks", "02_swin", "03_maxvit", "04_restormer"),
    *("05_gmflow", "06_vit_adapter", "07_five_ways_to_attend"),
}


def read(folder, name):
    return nbformat.read(folder / f"{name}.ipynb", as_version=4)


def marked(notebook, **marks):
    """The cells whose nbgrader marks are these."""
    cells = [(cell, cell.metadata.get("nbgrader", {})) for cell in notebook.cells]
    return [cell for cell, has in cells if has and all(has[k] == v for k, v in marks.items())]


def plain(code):
    """Code without its layout and comments, so that two ways of writing it compare equal."""
    return ast.dump(ast.parse(code))


@each_lesson
def test_the_exercises_are_in_step(folder):
    made = nbformat.writes(lessons.exercises(read(folder, "solutions"))) + "\n"
    assert (folder / "exercises.ipynb").read_text(encoding="utf-8") == made


@each_lesson
def test_the_exercises_give_nothing_away(folder):
    notebook = read(folder, "exercises")
    text = "\n".join(cell.source for cell in notebook.cells)
    assert "SOLUTION" not in text
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
    for cell in marked(notebook, solution=True, grade=False):
        lines = cell.source.split("\n")
        assert lines[1:] == ["    # YOUR CODE HERE", "    raise NotImplementedError()"]
    answers = {cell.metadata.nbgrader.grade_id: cell for cell in marked(notebook, solution=True)}
    assert answers["open_question"].source == "YOUR ANSWER HERE"


@each_lesson
def test_the_solutions_are_those_that_the_checker_shows(folder):
    found = []
    for cell in marked(read(folder, "solutions"), solution=True, grade=False):
        name = cell.metadata.nbgrader.grade_id
        assert cell.source.count("### BEGIN SOLUTION") == 1
        assert cell.source.count("### END SOLUTION") == 1
        assert plain(cell.source) == plain(all_exercises()[name].solution), name
        found.append(name)
    assert len(found) >= 6


@each_lesson
def test_every_exercise_is_graded_by_its_check(folder):
    notebook = read(folder, "solutions")
    names = [c.metadata.nbgrader.grade_id for c in marked(notebook, solution=True, grade=False)]
    graded = marked(notebook, solution=False, grade=True)
    assert [cell.metadata.nbgrader.grade_id for cell in graded] == [f"{n}_test" for n in names]
    for name, cell in zip(names, graded, strict=True):
        most = cell.metadata.nbgrader.points
        assert most == all_exercises()[name].difficulty
        assert cell.source.splitlines()[1:] == [
            "from utils.checks import check  # whatever else is called so by now",
            "",
            f"verdict = check({name})",
            "display(verdict)",
            f"verdict.points({most})",
        ]
        assert cell.outputs[-1].output_type == "execute_result"
        assert cell.outputs[-1].data["text/plain"] == str(most)


@each_lesson
def test_the_notebook_says_difficulty_minutes_and_why(folder):
    notebook = read(folder, "solutions")
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    difficulties = []
    for cell in marked(notebook, solution=True, grade=False):
        exercise = all_exercises()[cell.metadata.nbgrader.grade_id]
        difficulties.append(exercise.difficulty)
        assert f"· {exercise.title}\n" in text
        assert f"about {exercise.minutes} minutes" in text
        assert f"*Why it matters:* {exercise.why}" in text
    assert difficulties == sorted(difficulties)  # from easy to hard
    assert text.count("**Predict before you run.**") >= 6
    assert text.count("<details>") == text.count("</details>") >= 6
    assert "Find the bug" in text
    assert "An open question" in text
    assert len(re.findall(r"^# ", text, flags=re.MULTILINE)) == 1


@each_lesson
def test_cells_are_short_and_nothing_is_remote(folder):
    for name in ("solutions", "exercises"):
        for cell in read(folder, name).cells:
            if cell.cell_type == "code":
                assert len(cell.source.splitlines()) <= 15
            assert not re.search(r"https?://", cell.source)


@each_lesson
def test_the_texts_are_complete_and_their_links_lead_somewhere(folder):
    teacher = (folder / "teacher.md").read_text(encoding="utf-8")
    for word in (
        *("## Goals", "Prerequisites", "## 45 minutes", "## 90 minutes", "## Board sketch"),
        *("## Questions to ask", "## Misconceptions", "## What to skip", "## Homework"),
        "nbgrader",
    ):
        assert word in teacher, word
    texts = {"teacher": teacher, "lesson": (folder / "lesson.md").read_text(encoding="utf-8")}
    texts["solutions"] = "\n".join(cell.source for cell in read(folder, "solutions").cells)
    for name, text in texts.items():
        for link in re.findall(r"\]\(([^)#]+)\)", text):
            if link.startswith("../../notebooks/"):
                assert Path(link).stem in NOTEBOOKS
            else:
                assert (folder / link).exists(), f"{name}: {link}"


@each_lesson
def test_points_add_up_to_what_the_teacher_is_told(folder):
    points = [c.metadata.nbgrader.points for c in marked(read(folder, "solutions"), grade=True)]
    teacher = " ".join((folder / "teacher.md").read_text(encoding="utf-8").split())
    assert f"{', '.join(map(str, points[:-1]))} by the machine and {points[-1]} by hand" in teacher
    assert f"{sum(points)} in all" in teacher


@each_lesson
def test_slides_need_nothing_from_outside(folder):
    page = lessons.slides(read(folder, "exercises"))
    assert not re.search(r"""(src|href)=["'](https?:)?//""", page)
    assert page.count("<section>") >= 8
    assert "BEGIN SOLUTION" not in page


def test_the_stub_is_indented_like_the_solution():
    source = "a = 1\nif a:\n    ### BEGIN SOLUTION\n    b = 2\n    ### END SOLUTION\n    c = 3"
    assert lessons.cleared(source) == (
        "a = 1\nif a:\n    # YOUR CODE HERE\n    raise NotImplementedError()\n    c = 3"
    )


def test_every_exercise_of_the_checker_is_in_a_lesson():
    used = set()
    for folder in FOLDERS:
        cells = marked(read(folder, "solutions"), solution=True, grade=False)
        used |= {cell.metadata.nbgrader.grade_id for cell in cells}
    assert used == set(all_exercises())

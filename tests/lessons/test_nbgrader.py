"""nbgrader takes the lessons: generate, autograde, and the scores come out right."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from utils.checks import all_exercises
from utils.cli import lessons
from utils.cli._ground import kernel_environment

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
FOLDERS = sorted(path.parent for path in (ROOT / "lessons").glob("*/solutions.ipynb"))
CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "course"
c.ExecutePreprocessor.timeout = 120
"""
WRONG = """

def {name}(*args, right=right):
    out = right(*args)
    return tuple(2 * x + 1 for x in out) if isinstance(out, tuple) else 2 * out + 1
"""


@pytest.fixture(autouse=True)
def alembic_is_found(monkeypatch):
    """nbgrader calls `alembic` by its bare name."""
    here = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", os.pathsep.join([here, os.environ.get("PATH", "")]))


def nbgrader(folder, *words):
    environment = kernel_environment(folder / "ipython") | {
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
        "HOME": str(folder),
    }
    call = [sys.executable, "-m", "nbgrader", *words]
    done = subprocess.run(call, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def answered(released, *, wrong):
    """A submission: all answers right, or each with wrong numbers."""
    notebook = nbformat.read(released, as_version=4)
    for cell in notebook.cells:
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("solution") and not marks["grade"]:
            exercise = all_exercises()[marks["grade_id"]]
            source = exercise.solution.strip()
            if wrong:
                source = source.replace(f"def {exercise.name}(", "def right(") + WRONG.format(
                    name=exercise.name
                )
            cell.source = source
    return notebook


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_generate_and_autograde(folder, tmp_path):
    name = folder.name
    (tmp_path / "nbgrader_config.py").write_text(CONFIG)
    (tmp_path / "source" / name).mkdir(parents=True)
    shutil.copy(folder / "solutions.ipynb", tmp_path / "source" / name)
    nbgrader(tmp_path, "generate_assignment", name)
    released = tmp_path / "release" / name / "solutions.ipynb"
    ours = lessons.exercises(nbformat.read(folder / "solutions.ipynb", as_version=4))
    theirs = nbformat.read(released, as_version=4)
    assert [c.source for c in theirs.cells] == [c.source for c in ours.cells]

    submissions = {
        "right": answered(released, wrong=False),
        "wrong": answered(released, wrong=True),
        "empty": nbformat.read(released, as_version=4),
    }
    for student, notebook in submissions.items():
        target = tmp_path / "submitted" / student / name
        target.mkdir(parents=True)
        nbformat.write(notebook, target / "solutions.ipynb")
    nbgrader(tmp_path, "autograde", name)

    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as book:
        scores = {s: book.find_submission(name, s).notebooks[0].code_score for s in submissions}
        most = book.find_assignment(name).notebooks[0].max_code_score
    assert most == sum(
        c.metadata.nbgrader.points
        for c in theirs.cells
        if c.metadata.get("nbgrader", {}).get("grade") and c.cell_type == "code"
    )
    assert scores == {"right": most, "wrong": 0, "empty": 0}
    assert (tmp_path / "autograded" / "right" / name / "solutions.ipynb").exists()

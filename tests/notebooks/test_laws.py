"""Every stored notebook keeps the laws, and every law sees its own breach."""

import importlib.util
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from utils.cli.execute import fold_answers

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("laws", Path(__file__).with_name("laws.py"))
assert SPEC
assert SPEC.loader
laws = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(laws)

NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))
LESSONS = sorted(ROOT.glob("lessons/*/*.ipynb"))


def name_of(value: object) -> str:
    return str(value.relative_to(ROOT)) if isinstance(value, Path) else value.__name__


@pytest.mark.parametrize("law", laws.ALWAYS, ids=name_of)
@pytest.mark.parametrize("path", NOTEBOOKS + LESSONS, ids=name_of)
def test_law(path, law):
    assert law(nbformat.read(path, as_version=4)) == []


@pytest.mark.parametrize("law", laws.STORED, ids=name_of)
@pytest.mark.parametrize(
    "path", NOTEBOOKS + [p for p in LESSONS if p.stem == "solutions"], ids=name_of
)
def test_law_of_stored_outputs(path, law):
    assert law(nbformat.read(path, as_version=4)) == []


@pytest.mark.parametrize("path", NOTEBOOKS + LESSONS, ids=name_of)
def test_it_is_a_valid_notebook(path):
    nbformat.validate(nbformat.read(path, as_version=nbformat.NO_CONVERT))


def test_nothing_is_defined_in_two_notebooks():
    books = [nbformat.read(path, as_version=4) for path in NOTEBOOKS]
    counts = Counter(name for book in books for name in laws.defined(book))
    assert [name for name, count in counts.items() if count > 1] == []


PICTURE = {"image/png": "aGVsbG8=", "text/plain": "the scene cut into 4 windows of 24 pixels"}


def good():
    """The smallest notebook that keeps every law."""
    output = new_output("display_data", data=dict(PICTURE))
    first = new_code_cell("1 + 1", execution_count=1, outputs=[new_output("stream", text="2")])
    first.metadata["tags"] = ["nbval-ignore-output"]
    second = new_code_cell("show()", execution_count=2, outputs=[output])
    return new_notebook(cells=[new_markdown_cell("# Title"), first, second])


def test_the_good_notebook_keeps_every_law():
    assert [fault for law in laws.ALWAYS + laws.STORED for fault in law(good())] == []


def second_title(book):
    book.cells.append(new_markdown_cell("# Another"))


def long_cell(book):
    book.cells[1].source = "\n".join(["x = 1"] * 16)


def silent_picture(book):
    book.cells[2].outputs[0].data["text/plain"] = "<Figure size 640x480 with 1 Axes>"


def picture_without_alt(book):
    book.cells.append(new_markdown_cell("![](picture.png)"))


def remote_picture(book):
    book.cells.append(new_markdown_cell("![a windowed map](https://example.org/a.png)"))


def script_from_elsewhere(book):
    book.cells[2].outputs[0].data["text/html"] = '<script src="//example.org/a.js"></script>'


def out_of_order(book):
    book.cells[1].execution_count, book.cells[2].execution_count = 2, 1


def not_executed(book):
    book.cells[2].execution_count = None


def nothing_stored(book):
    book.cells[1].outputs = book.cells[2].outputs = []


def stored_error(book):
    book.cells[2].outputs = [new_output("error", ename="ValueError", evalue="", traceback=[])]


def widget_state(book):
    book.metadata["widgets"] = {}


def live_view_alone(book):
    book.cells[2].outputs[0].data = {laws.WIDGET_VIEW: {"model_id": "view-0"}}


def second_excuse(book):
    book.cells[2].metadata["tags"] = ["nbval-ignore-output"]


def excuse_in_a_comment(book):
    book.cells[2].source = "# NBVAL_IGNORE_OUTPUT\nshow()"


def path_edit(book):
    book.cells[2].source = "import sys\nsys.path.insert(0, '..')"


def change_of_folder(book):
    book.cells[2].source = "import os\nos.chdir('..')"


def installation(book):
    book.cells[2].source = "%pip install torch"


def machine_path(book):
    book.cells[1].outputs = [new_output("stream", text="saved to /home/ada/course/out.png")]


def no_python(book):
    book.cells[2].source = "def broken(:"


def open_answer(book):
    book.cells[1:1] = [new_markdown_cell("**Before you run this:** which?\n\n" + NEVER)]


def folded_for_no_question(book):
    book.cells[1].metadata["jupyter"] = {"outputs_hidden": True}


def question_alone(book):
    book.cells[1:1] = [new_markdown_cell("**Before you touch it:** where?")]


NEVER = "<details><summary>Hint</summary>Count.</details>"


def test_what_answers_a_question_is_folded_up_to_its_answer():
    answer = "<details><summary>Answer</summary>Two.</details>\n\n"
    said = [new_output("stream", text="2")]
    asks = [f"**Before you {what}:** how many?" for what in ("run this", "look", "touch it")]
    book = new_notebook(cells=[new_code_cell("0", outputs=said)])
    for question in asks:
        book.cells += [
            new_markdown_cell(question),
            new_code_cell("1 + 1", outputs=said),
            new_markdown_cell("And more."),
            new_code_cell("a = 2"),
            new_code_cell("a", outputs=said, metadata={"jupyter": {"source_hidden": True}}),
            new_markdown_cell(answer),
            new_code_cell("3", outputs=said, metadata={"jupyter": {"outputs_hidden": True}}),
        ]
    fold_answers(book)
    kept = [cell.metadata.get("jupyter", {}) for cell in book.cells if cell.cell_type == "code"]
    hidden = [meta.get("outputs_hidden", False) for meta in kept]
    assert hidden == [False, *2 * [True, False, True, False], *4 * [False]]
    assert [i for i, meta in enumerate(kept) if meta.get("source_hidden")] == [3, 7, 11]
    again = nbformat.writes(book)
    fold_answers(book)
    assert nbformat.writes(book) == again


@pytest.mark.parametrize(
    ("breach", "law"),
    [
        (second_title, laws.one_title),
        (long_cell, laws.short_cells),
        (silent_picture, laws.described_pictures),
        (picture_without_alt, laws.described_pictures),
        (remote_picture, laws.nothing_remote),
        (script_from_elsewhere, laws.nothing_remote),
        (out_of_order, laws.executed_in_order),
        (not_executed, laws.executed_in_order),
        (nothing_stored, laws.executed_in_order),
        (stored_error, laws.executed_in_order),
        (widget_state, laws.no_widget_state),
        (live_view_alone, laws.no_widget_state),
        (second_excuse, laws.few_excuses),
        (excuse_in_a_comment, laws.few_excuses),
        (path_edit, laws.safe_to_run_twice),
        (change_of_folder, laws.safe_to_run_twice),
        (installation, laws.safe_to_run_twice),
        (machine_path, laws.no_machine_paths),
        (no_python, laws.runs_as_python),
        (open_answer, laws.questions_wait_for_their_answer),
        (folded_for_no_question, laws.questions_wait_for_their_answer),
        (question_alone, laws.every_question_is_answered),
    ],
    ids=name_of,
)
def test_a_breach_is_seen(breach, law):
    book = good()
    breach(book)
    assert law(book) != []


def test_a_double_definition_is_seen():
    book = good()
    book.cells[2].source = "def helper():\n    return 1"
    assert laws.defined(book) == {"helper"}

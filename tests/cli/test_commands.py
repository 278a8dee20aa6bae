"""The commands: found by name, checked before anything heavy, honest about failure."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from utils.cli import __main__ as entry
from utils.cli import execute, train
from utils.cli import test as test_command

ROOT = Path(__file__).parents[2]


def course(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess:
    call = [sys.executable, "-P", "-m", "utils.cli", *arguments]
    return subprocess.run(call, capture_output=True, text=True, cwd=cwd)


def test_every_command_has_its_two_functions_and_a_line_of_help():
    assert {"lab", "test", "bench", "gallery", "execute", "kernel"} <= set(entry.commands())
    for name, help_line in entry.commands().items():
        module = __import__(f"utils.cli.{name}", fromlist=["main"])
        assert callable(module.main), name
        assert callable(module.add_arguments), name
        assert help_line.endswith("."), f"{name}: {help_line!r}"


def test_help_lists_every_command(capsys):
    assert entry.main([]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in [*entry.commands(), "wheels"])


def test_a_typing_error_gets_a_guess(capsys):
    assert entry.main(["tset"]) == 2
    assert "did you mean `test`?" in capsys.readouterr().err


def test_an_unknown_option_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        entry.main(["gallery", "--htlm"])
    assert "--htlm" in capsys.readouterr().err


def test_commands_start_from_any_folder_even_beside_another_utils(tmp_path):
    (tmp_path / "utils.py").write_text("raise RuntimeError('not this one')")
    done = course("bench", "nosuch", cwd=tmp_path)
    assert done.returncode == 2
    assert "no bench `nosuch`" in done.stderr


@pytest.mark.parametrize("name", sorted(entry.commands()))
def test_help_and_mistakes_need_nothing_but_python(name):
    """course.py reads the arguments before it installs anything."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from utils.cli.__main__ import main; "
    bare = [sys.executable, "-I", "-S", "-c", code + f"sys.exit(main([{name!r}, '--help']))"]
    done = subprocess.run(bare, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"course.py {name}" in done.stdout


MISTAKES = [
    ("bench nosuch", "there is no bench `nosuch`"),
    ("bench swin --threads 0", "threads and repeats are at least 1"),
    ("gallery nosuch", "no view nosuch; there are"),
    ("train nosuch", "there is nothing to train called `nosuch`: there are gmflow_nano"),
    ("execute nosuch.ipynb", "there is no notebook nosuch.ipynb"),
    ("restore nosuch --out x", "there is no folder nosuch"),
    ("test codes", "no step codes"),
    ("flow a.png", "1 pictures came without a film: the motion is that between two pictures"),
    ("flow a.png b.png --video c.mp4", "2 pictures came beside a film"),
    ("flow nosuch.png nosuch.png", "there is no file nosuch.png"),
    ("flow --video nosuch.mp4", "there is no file nosuch.mp4"),
    ("trace swin_nanno", "no model is called swin_nanno: did you mean swin_nano?"),
    ("trace swin_t --out x.pdf", "a document is a page (.html) or Markdown (.md)"),
    ("trace swin_t --size 0 5", "--size 0 5 came: a picture has at least one row"),
    ("trace swin_t --weights nosuch.pth", "there is no file nosuch.pth"),
    ("board nosuch", "there is no folder nosuch"),
]


def test_a_mistake_is_told_before_anything_is_done_with_nothing_but_python(tmp_path):
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from utils.cli.__main__ import *\n"
    code += f"for words in {[words for words, _ in MISTAKES]!r}:\n"
    code += "  print(words, understand(words.split()), file=sys.stderr)"
    bare = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(bare, capture_output=True, text=True, cwd=tmp_path)
    said = done.stderr.splitlines()
    assert len(said) == 2 * len(MISTAKES), done.stderr
    for (words, sentence), line, status in zip(MISTAKES, said[::2], said[1::2], strict=True):
        assert sentence in line
        assert status == f"{words} 2"


def test_every_model_can_be_traced_by_name():
    from utils.cli import trace
    from utils.models import list_models

    assert trace.names() == sorted(list_models())


def test_what_can_be_trained_is_known_without_torch():
    from utils.training import RECIPES
    from utils.training.claims import CLAIMS

    assert set(train.names()) == {*RECIPES, *(f"claims/{name}" for name in CLAIMS)}


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp437"])
def test_a_code_page_without_a_sign_shows_a_plain_one(encoding):
    code = (
        "from utils.cli.__main__ import show_any_sign; show_any_sign(); "
        "print('course: 0.5 → −3 × 4 ≥ 窗')"
    )
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    call = [sys.executable, "-c", code]
    shown = subprocess.check_output(call, env=env, cwd=ROOT).decode(encoding).strip()
    plain = shown.replace("×", "x").replace("≥", ">=").replace("→", "->").replace("−", "-")
    assert plain == "course: 0.5 -> -3 x 4 >= ?"


def test_step_names_are_checked(capsys):
    assert entry.main(["test", "codes"]) == 2
    assert "no step codes" in capsys.readouterr().err


def test_a_failed_step_does_not_hide_the_next(monkeypatch, capsys, tmp_path):
    def sorrow(args):
        return [["nosuchmodule"]]

    def joy(args):
        return [["this"]]

    monkeypatch.setattr(test_command, "STEPS", (sorrow, joy))
    assert entry.main(["test"]) == 1
    shown = capsys.readouterr().out
    assert "sorrow     FAILED" in shown
    assert "joy        passed" in shown


def test_the_counts_of_all_steps_are_summed(tmp_path):
    report = tmp_path / "report.xml"
    suite = '<testsuite tests="9" skipped="2" failures="1" errors="1"/>'
    report.write_text(f"<testsuites>{suite}</testsuites>")
    assert test_command.counts(report) == (5, 2, 2)
    assert test_command.counts(tmp_path / "none.xml") == (0, 0, 0)


def notebook(path: Path, *sources: str) -> Path:
    nbformat.write(new_notebook(cells=[new_code_cell(source) for source in sources]), path)
    return path


def test_execute_stores_outputs_and_nothing_volatile(tmp_path):
    view = (
        "display({'application/vnd.jupyter.widget-view+json': {'model_id': hex(id([]))}}, raw=True)"
    )
    where = "import os, sys; print(os.getenv('OMP_NUM_THREADS'), sys.prefix)"
    path = notebook(tmp_path / "a.ipynb", where, view)
    assert execute.main(execute_arguments(path)) == 0
    book = nbformat.read(path, as_version=4)
    assert book.cells[0].outputs[0].text.split() == ["1", sys.prefix]
    assert book.cells[1].outputs[0].data[execute.VIEW]["model_id"] == "view-0"
    assert set(book.metadata) == {"kernelspec", "language_info"}
    assert [cell.metadata for cell in book.cells] == [{}, {}]


def test_a_notebook_with_a_failing_cell_stays_as_it_was(tmp_path, capsys):
    path = notebook(tmp_path / "a.ipynb", "print(1)", "1 / 0")
    before = path.read_bytes()
    assert execute.main(execute_arguments(path)) == 1
    assert path.read_bytes() == before
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [path]


def execute_arguments(path: Path):
    import argparse

    parser = argparse.ArgumentParser()
    execute.add_arguments(parser)
    return parser.parse_args([str(path)])

"""The commands: found by name, checked before anything heavy, honest about failure."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from utils.cli import __main__ as entry
from utils.cli import _installed, execute
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


def test_lab_passes_its_options_on(monkeypatch):
    calls = []

    class Child:
        def __init__(self, call, **_):
            calls.append(call)

        def wait(self):
            return 0

    monkeypatch.setattr("utils.cli.lab.NOTEBOOKS", Path(__file__).parent)
    assert entry.main(["lab"]) == 1  # no first notebook there
    monkeypatch.undo()
    monkeypatch.setattr("subprocess.Popen", Child)
    monkeypatch.setattr(Path, "exists", lambda self: True)
    assert entry.main(["lab", "--no-browser", "--port", "8899"]) == 0
    assert calls[0][1:3] == ["-m", "jupyterlab"]
    assert calls[0][3] == f"--ServerApp.root_dir={ROOT}"
    assert calls[0][4].endswith("00_start_here.ipynb")
    assert calls[0][5:] == ["--no-browser", "--port", "8899"]


def test_commands_start_from_any_folder_even_beside_another_utils(tmp_path):
    (tmp_path / "utils.py").write_text("raise RuntimeError('not this one')")
    done = course("bench", "nosuch", cwd=tmp_path)
    assert done.returncode == 2
    assert "no bench `nosuch`" in done.stderr


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


def test_a_damaged_installation_is_seen(tmp_path, monkeypatch):
    package, facts = tmp_path / "small", tmp_path / "small-1.0.dist-info"
    package.mkdir()
    facts.mkdir()
    (package / "__init__.py").touch()
    (facts / "METADATA").write_text("Name: small\nVersion: 1.0+cpu\n")
    (facts / "RECORD").write_text("small/__init__.py,,\nsmall-1.0.dist-info/METADATA,,\n")
    pinned = tmp_path / "requirements.txt"
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    pinned.write_text("# nothing\nsmall==1.0\n")
    assert _installed.first_fault([pinned]) is None
    pinned.write_text("small==1.1\n")
    assert _installed.first_fault([pinned]) == "small is 1.0 where 1.1 is pinned"
    pinned.write_text("other==1.1\n")
    assert _installed.first_fault([pinned]) == "other is not installed"
    (package / "__init__.py").unlink()
    assert _installed.first_fault([]) == "small/__init__.py is missing"

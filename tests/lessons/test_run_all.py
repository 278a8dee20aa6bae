"""Run All in untouched exercises: no exception, nothing on the error stream, nothing scored."""

import os
from pathlib import Path
from unittest.mock import patch

import nbformat
import pytest
from nbclient import NotebookClient

from utils.cli._ground import kernel_environment

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "lessons").glob("*/exercises.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.parent.name)
def test_untouched_exercises_run_through(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    with patch.dict(os.environ, kernel_environment(tmp_path), clear=True):
        NotebookClient(
            notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}
        ).execute()
    graded = 0
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            shown, result = cell.outputs
            assert shown.data["text/plain"].startswith("○ not attempted")
            assert result.data["text/plain"] == "0"
            graded += 1
    assert graded >= 6

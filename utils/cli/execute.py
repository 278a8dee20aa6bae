"""Run notebooks from top to bottom on a fresh kernel and store their outputs.

A notebook is written whole or not at all: where a cell fails, the file stays as it was. What would
differ between two runs and says nothing (times, widget state, identifiers of views) is left out.
What answers a question is stored folded: JupyterLab opens it when the reader runs the cell.
"""

import argparse
import os
import re
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from utils.cli._ground import complain, kernel_environment

VIEW = "application/vnd.jupyter.widget-view+json"
QUESTION = re.compile(
    r"\*\*Before you (?:run|look)"
)  # one about touching asks for more than a still
ANSWER = "<summary>Answer"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The notebooks."""
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    parser.add_argument("--check", action="store_true", help="run, but write nothing")


def fault(args: argparse.Namespace) -> str:
    """What makes no sense in the call, or nothing."""
    missing = [path for path in args.notebooks if not path.is_file()]
    return f"there is no notebook {missing[0]}: look at its name and folder" if missing else ""


def settle(notebook) -> None:
    """Remove from an executed notebook what is no content."""
    # The kernel's own words on its language: without them JupyterLab writes them in on opening,
    # and the notebook counts as changed before anybody has touched it.
    language = notebook.metadata.get("language_info", {"name": "python"})
    notebook.metadata = {"kernelspec": KERNEL, "language_info": language}
    views: dict[str, str] = {}
    for cell in notebook.cells:
        cell.metadata = {
            k: v for k, v in cell.metadata.items() if k not in ("execution", "trusted")
        }
        for output in cell.get("outputs", []):
            view = output.get("data", {}).get(VIEW)
            if view is not None:  # numbered, so that running again changes nothing in the file
                view["model_id"] = views.setdefault(view["model_id"], f"view-{len(views)}")


def fold_answers(notebook) -> None:
    """Fold the outputs between a question and its answer; nothing else is folded."""
    asked = False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            after = cell.source.rpartition(ANSWER)[2]
            asked = bool(QUESTION.search(after)) or (asked and ANSWER not in cell.source)
            continue
        hidden = {"outputs_hidden": True} if asked and cell.get("outputs") else {}
        kept = {k: v for k, v in cell.metadata.get("jupyter", {}).items() if k != "outputs_hidden"}
        cell.metadata.pop("jupyter", None)
        if kept | hidden:
            cell.metadata["jupyter"] = kept | hidden


def run(path: Path) -> str:
    """The text of the notebook with the outputs of a fresh kernel."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    with (
        tempfile.TemporaryDirectory() as scratch,
        patch.dict(os.environ, kernel_environment(Path(scratch)), clear=True),
    ):
        NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=600,
            store_widget_state=False,
            record_timing=False,
            coalesce_streams=True,
            resources={"metadata": {"path": str(path.parent)}},
        ).execute()
    settle(notebook)
    fold_answers(notebook)
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def main(args: argparse.Namespace) -> int:
    """Execute each notebook; 1 where one of them fails."""
    from nbclient.exceptions import CellExecutionError, CellTimeoutError

    from utils.io.whole import write_text

    status = 0
    for path in args.notebooks:
        started = time.perf_counter()
        try:
            text = run(path)
        except (CellExecutionError, CellTimeoutError) as error:
            status = complain(f"{path} stays as it was, a cell failed:\n{error}")
            continue
        if not args.check:
            write_text(path, text)
        print(f"course: {path} ran in {time.perf_counter() - started:.0f} s", flush=True)
    return status

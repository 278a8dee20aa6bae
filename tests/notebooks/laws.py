"""The laws of a stored notebook. Each takes the notebook and returns its faults as sentences."""

import ast
import re
from collections.abc import Iterator
from copy import deepcopy

from nbformat import NotebookNode

from utils.cli.execute import ANSWER, fold_answers

EXCUSES = {"nbval-ignore-output", "nbval-skip", "nbval-raises-exception"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
REMOTE = re.compile(
    r"!\[[^\]]*\]\(\s*(?:https?:)?//"  # a picture in Markdown
    r"|<(?:img|script|iframe|video|source)\b[^>]*\bsrc\s*=\s*[\"']?(?:https?:)?//"
    r"|<link\b[^>]*\bhref\s*=\s*[\"']?(?:https?:)?//"
    r"|@import|\bfrom\s+[\"']https?://|\bimport\([\"']https?://",
    re.IGNORECASE,
)
PICTURE = re.compile(r"!\[(?P<alt>[^\]]*)\]\(|<img\b(?P<tag>[^>]*)>", re.IGNORECASE)
PLACE = re.compile(r"(?:/(?:home|Users|root|tmp|work|opt|usr)/|[A-Z]:\\+)\S*")
FORBIDDEN = re.compile(
    r"\bchdir\b|\bsys\.path\b|^\s*%cd\b|^\s*[%!]\s*(?:pip|conda|apt|wget|curl)\b"
)


def cells(notebook: NotebookNode, kind: str) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def outputs(notebook: NotebookNode) -> Iterator[NotebookNode]:
    for cell in cells(notebook, "code"):
        yield from cell.outputs


def texts(output: NotebookNode) -> Iterator[str]:
    """What an output says as text, its HTML too; pictures and data left out."""
    yield output.get("text", "")
    yield "\n".join(output.get("traceback", []))
    for kind, content in output.get("data", {}).items():
        if kind.startswith("text/"):
            yield content


def one_title(notebook: NotebookNode) -> list[str]:
    prose = "\n".join(cell.source for cell in cells(notebook, "markdown"))
    titles = re.findall(r"^# ", re.sub(r"```.*?```", "", prose, flags=re.DOTALL), re.MULTILINE)
    return [] if len(titles) == 1 else [f"{len(titles)} titles (# …) instead of one"]


def short_cells(notebook: NotebookNode) -> list[str]:
    lengths = [len(cell.source.splitlines()) for cell in cells(notebook, "code")]
    return [f"code cell {i} has {n} lines" for i, n in enumerate(lengths, 1) if n > 15]


def described_pictures(notebook: NotebookNode) -> list[str]:
    faults = []
    for cell in cells(notebook, "markdown"):
        for found in PICTURE.finditer(cell.source):
            alt = found["alt"] or re.search(r"alt\s*=\s*[\"']([^\"']+)", found["tag"] or "")
            faults += [] if alt else [f"a picture without alt text: {found[0]}"]
    for output in outputs(notebook):
        for kind in ("image/png", "image/svg+xml"):
            if kind in output.get("data", {}):
                alt = output.metadata.get(kind, {}).get("alt", "")
                said = alt or output.data.get("text/plain", "")
                if len(said) < 20 or said.startswith(("<Figure", "<IPython")):
                    faults.append(f"a picture in an output says only {said!r}")
    return faults


def nothing_remote(notebook: NotebookNode) -> list[str]:
    sources = [cell.source for cell in notebook.cells]
    said = [text for output in outputs(notebook) for text in texts(output)]
    return [
        f"loads from elsewhere: {m[0]}" for text in sources + said for m in REMOTE.finditer(text)
    ]


def executed_in_order(notebook: NotebookNode) -> list[str]:
    counts = [cell.execution_count for cell in cells(notebook, "code") if cell.source.strip()]
    in_order = counts == list(range(1, len(counts) + 1))
    faults = [] if in_order else [f"not executed in order on a fresh kernel: {counts}"]
    errors = [output for output in outputs(notebook) if output.output_type == "error"]
    faults += [f"a stored error: {error.ename}" for error in errors]
    said = any(text.strip() for output in outputs(notebook) for text in texts(output))
    return faults if said else [*faults, "stores no output, so comparing it tests nothing"]


def no_widget_state(notebook: NotebookNode) -> list[str]:
    if "widgets" in notebook.metadata:
        return ["stores widget metadata, which GitHub calls an invalid notebook"]
    return [
        "a live view without a still before it"
        for cell in cells(notebook, "code")
        for before, output in zip([{}, *cell.outputs], cell.outputs, strict=False)
        if WIDGET_VIEW in output.get("data", {})
        and not {"image/png", "text/plain"} <= {*output.data, *before.get("data", {})}
    ]


def few_excuses(notebook: NotebookNode) -> list[str]:
    tags = [set(cell.metadata.get("tags", [])) for cell in cells(notebook, "code")]
    marks = [bool(re.search(r"^\s*#\s*NBVAL_", c.source, re.M)) for c in cells(notebook, "code")]
    excused = [i for i, (t, m) in enumerate(zip(tags, marks, strict=True)) if t & EXCUSES or m]
    # one: the cell that names the machine and its versions
    return [] if len(excused) <= 1 else [f"cells {excused} are excused from comparison, not one"]


def safe_to_run_twice(notebook: NotebookNode) -> list[str]:
    lines = [line for cell in cells(notebook, "code") for line in cell.source.splitlines()]
    return [f"changes the machine: {line.strip()}" for line in lines if FORBIDDEN.search(line)]


def no_machine_paths(notebook: NotebookNode) -> list[str]:
    said = [text for output in outputs(notebook) for text in texts(output)]
    return [f"shows a path of one machine: {m[0]}" for text in said for m in PLACE.finditer(text)]


def runs_as_python(notebook: NotebookNode) -> list[str]:
    faults = []
    for cell in cells(notebook, "code"):
        try:
            ast.parse(re.sub(r"^\s*[%!].*$", "", cell.source, flags=re.MULTILINE))
        except SyntaxError as error:
            faults.append(f"no Python: {error}")
    return faults


def defined(notebook: NotebookNode) -> set[str]:
    """The functions and classes that a notebook defines at the outermost level."""
    names = set()
    for cell in cells(notebook, "code"):
        source = re.sub(r"^\s*[%!].*$", "", cell.source, flags=re.MULTILINE)
        kinds = (ast.FunctionDef, ast.ClassDef)
        names |= {node.name for node in ast.parse(source).body if isinstance(node, kinds)}
    return names


def questions_wait_for_their_answer(notebook: NotebookNode) -> list[str]:
    """Between a question and its answer every output is folded; no other one is."""
    wanted = deepcopy(notebook)
    fold_answers(wanted)
    pairs = zip(cells(notebook, "code"), cells(wanted, "code"), strict=True)
    return [
        f"folded otherwise than its question asks (`execute` does it): {cell.source[:60]!r}"
        for cell, want in pairs
        if cell.metadata.get("jupyter", {}) != want.metadata.get("jupyter", {})
    ]


def every_question_is_answered(notebook: NotebookNode) -> list[str]:
    """In words, in `<details>`, before the next question and the next heading."""
    prose = "\n".join(cell.source for cell in cells(notebook, "markdown"))
    asked = re.split(r"(\*\*Before you [^*]*\*\*)", prose)
    return [
        f"no answer follows: {question} {after[:60]!r}"
        for question, after in zip(asked[1::2], asked[2::2], strict=True)
        if ANSWER not in after
    ]


ALWAYS = (
    one_title,
    short_cells,
    described_pictures,
    nothing_remote,
    no_widget_state,
    few_excuses,
    safe_to_run_twice,
    no_machine_paths,
    runs_as_python,
    questions_wait_for_their_answer,
    every_question_is_answered,
)
STORED = (executed_in_order,)  # exercises are stored without outputs: the learner makes them

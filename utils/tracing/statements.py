"""Which statement a line of a running function belongs to, from the function's source."""

import ast
import linecache
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import CodeType

from utils.tracing import titles
from utils.tracing.tree import Source

MOST_ROWS_MORE = 40  # that a function may go on behind its last instruction (closing brackets)
PLACES = [sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib")]
UTILS = Path(__file__).parents[1]
CELLS = ("<ipython-input", "<python-input", "<stdin")


@dataclass(frozen=True)
class Statement:
    """A simple statement, or the head of a compound one. `stored` are its `a.b`, `a[...]`.

    `title` and `comment` are as in `Line`.
    """

    first: int
    last: int
    text: str
    stored: tuple[tuple[str, ...], ...] = ()
    title: str = ""
    comment: str = ""
    body: tuple[int, int] = (0, -1)  # rows inside of a `with`


@dataclass
class Text:
    """The source of one code object, with the statement of each row."""

    source: Source
    about: str = ""
    statements: dict[int, Statement] = field(default_factory=dict)

    def at(self, row: int) -> Statement:
        """The statement of a row; where the source is not at hand, the row itself."""
        if row not in self.statements:
            at = row - self.source.first_row
            rows = self.source.rows
            text = rows[at].strip() if 0 <= at < len(rows) else ""
            self.statements[row] = Statement(row, row, text)
        return self.statements[row]


def text_of(code: CodeType, file_globals: dict) -> Text:
    """Read the source of a function, wherever Python finds it: a file, or a notebook's cell."""
    rows = linecache.getlines(code.co_filename, file_globals)
    first = code.co_firstlineno
    last = max([first, *_rows_of(code)])
    for end in range(last, min(last + MOST_ROWS_MORE, len(rows)) + 1):
        tree = _parsed("".join(rows[first - 1 : end]))
        if tree is None:
            continue
        found = [row.rstrip("\n") for row in rows[first - 1 : end]]
        text = Text(
            Source(place_of(code.co_filename), first, found, code.co_filename), about=_about(tree)
        )
        for node in _statements(tree):
            statement = _statement(node, first, found)
            for row in range(statement.first, statement.last + 1):
                text.statements[row] = statement
        return text
    found = [row.rstrip("\n") for row in rows[first - 1 : last]]
    return Text(Source(place_of(code.co_filename), first, found, code.co_filename))


@lru_cache(maxsize=512)
def place_of(file: str) -> str:
    """A file's name as a reader knows it: no folder of this machine.

    >>> place_of(str(UTILS / "ops" / "windows.py"))
    'utils/ops/windows.py'
    """
    path = Path(file)
    for root in (*map(Path, PLACES), UTILS.parent):
        if path.is_relative_to(root):
            return path.relative_to(root).as_posix().removeprefix("site-packages/")
    return "a notebook cell" if "ipykernel" in file or file.startswith(CELLS) else path.name


def _rows_of(code: CodeType) -> Iterator[int]:
    for _, _, row in code.co_lines():
        if row:
            yield row
    for _, end, _, _ in code.co_positions():
        if end:
            yield end


def _parsed(text: str) -> ast.Module | None:
    try:
        # A method stands indented: an `if` around it, on the line before, makes it whole.
        return ast.parse(f"if 1:\n{text}" if text[:1].isspace() else f"\n{text}")
    except (SyntaxError, ValueError):
        return None


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements inside the outermost function, but not inside functions within it."""
    waiting: list[ast.AST] = [tree]
    inside = False
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.stmt) and inside:
            yield node
        is_scope = isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda)
        if is_scope and inside:
            continue
        inside = inside or is_scope
        waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def _statement(node: ast.stmt, first: int, rows: list[str]) -> Statement:
    start, end = node.lineno, node.end_lineno or node.lineno
    body = getattr(node, "body", None) or getattr(node, "cases", None)
    if body:  # the head of a compound statement ends where its body begins
        inner = getattr(body[0], "lineno", None) or body[0].pattern.lineno
        end = max(start, min(end, inner - 1))
        while end > start and rows[end - 2].strip()[:1] in ("", "#"):  # said of the body
            end -= 1
    kept = [row.rstrip() for row in rows[start - 2 : end - 1]]
    indent = min((len(row) - len(row.lstrip()) for row in kept if row.strip()), default=0)
    text = "\n".join(row[indent:] for row in kept)
    shift = first - 2
    comment = titles.comment_of(rows, start - 2, end - 1) or titles.tap_of(text)
    title = titles.title_of(comment)
    is_with = isinstance(node, ast.With)
    return Statement(
        start + shift,
        end + shift,
        text,
        tuple(_stored(node)),
        title=title,
        comment=comment if comment.removesuffix(".") != title else "",
        body=(end + shift + 1, (node.end_lineno or 0) + shift) if is_with else (0, -1),
    )


def _about(tree: ast.Module) -> str:
    """The first sentence of the docstring of the outermost function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            return titles.first_sentence(ast.get_docstring(node) or "")
    return ""


def _stored(node: ast.stmt) -> Iterator[tuple[str, ...]]:
    """The dotted names of attributes that a statement assigns: `self.cache = …`."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    for target in targets:
        for part in ast.walk(target):
            names: list[str] = []
            inner: ast.AST = part
            while isinstance(inner, ast.Attribute):
                names.insert(0, inner.attr)
                inner = inner.value
            if names and isinstance(inner, ast.Name):
                yield (inner.id, *names)
                break

"""`show_source`: the real code of a function, without what a reader need not read at first."""

import ast
import html
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from torch import nn

from utils.errors import ConfigError
from utils.tracing.fitting import fitted
from utils.tracing.markdown import fence
from utils.tracing.shapes import shapes_of

PLUMBING = ("utils.contracts", "utils.switch", "utils.caching", "functools")
FOR_TOOLS = re.compile(r"\s+#\s*(type:\s*ignore|noqa|pragma|pyright:|mypy:|fmt:).*$")
Node = ast.FunctionDef | ast.ClassDef


class Source:
    """Code as the last value of a cell, the docstrings folded under it.

    `text` is the code alone; `docs` are (name, docstring).
    """

    def __init__(self, text: str, docs: tuple[tuple[str, str], ...] = ()) -> None:
        self.text, self.docs = text, docs

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        rows = fence(self.text)
        for name, words in self.docs:
            title = f"What <code>{html.escape(name)}</code> says of itself"
            rows += [
                f"<details><summary>{title}</summary>",
                "",
                *fence(words, "text"),
                "</details>",
                "",
            ]
        return {"text/markdown": "\n".join(rows).rstrip(), "text/plain": self.text}

    def __repr__(self) -> str:
        return self.text


def show_source(
    *things: Callable | type | nn.Module, example: tuple | None = None, **settings: Any
) -> Source:
    """The real source of functions or classes, so that nothing the notebook uses is hidden.

    Signature and body; docstrings fold under it, and checks, the course's own decorators and words
    for tools drop out. Of a module that was made it is the forward. With `example` the first of
    them is run once on `example` and `settings`, and each line that makes a tensor ends with its
    shape. No row is wider than a cell beside the file browser at 1280 pixels.
    Raises: ConfigError for what has no source in Python.

    >>> print(show_source(textwrap.dedent).text.splitlines()[0])
    def dedent(text):
    """
    if not things or not isinstance(example, tuple | None):
        raise ConfigError(
            f"{len(things)} things and an example of type {type(example).__name__} came",
            allowed="at least one function or class, and an example that is a tuple of inputs",
            mend="show_source(function, example=(x,))",
        )
    if not callable(definition(things[0])):
        raise ConfigError(
            f"a {type(things[0]).__name__} came to be shown",
            allowed="functions, methods, classes and modules have a source",
            mend="name the function that made it",
        )
    shapes = shapes_of(things[0], example, settings) if example is not None else {}
    shown = [_clean(definition(thing), shapes) for thing in things]
    docs = tuple(doc for _, found in shown for doc in found)
    return Source("\n\n".join(text for text, _ in shown), docs)


def definition(thing: Any) -> Callable | type:
    """What stands in the file, without wrappers; of a module it is the forward."""
    if isinstance(thing, nn.Module):
        thing = type(thing).forward
    if isinstance(thing, property):
        thing = thing.fget
    if isinstance(thing, partial):
        thing = thing.func
    return inspect.unwrap(thing)


def _clean(thing: Any, shapes: dict[tuple[str, int], str]) -> tuple[str, list[tuple[str, str]]]:
    """The text of one thing and its docstrings."""
    try:
        found, first = inspect.getsourcelines(thing)
        file = inspect.getsourcefile(thing) or ""
        rows = textwrap.dedent("".join(found)).rstrip("\n").split("\n")
        tree = ast.parse("\n".join(rows))
    except (OSError, TypeError, SyntaxError):  # a lambda in the middle of a statement is no source
        raise ConfigError(
            f"a {type(thing).__name__} without source in Python came",
            allowed="functions, methods and classes that are written in Python are shown",
            mend="name the function that calls it",
        ) from None
    docs = [
        (node.name, ast.get_docstring(node) or "")
        for node in ast.walk(tree)
        if isinstance(node, Node) and ast.get_docstring(node)
    ]
    names = getattr(thing, "__globals__", None) or vars(inspect.getmodule(thing))
    gone = set(_left_out(tree, rows, names))
    ends = {row: shapes.get((file, first + row), "") for row in range(len(rows))}
    kept: list[tuple[int, str]] = []
    for row, text in enumerate(rows):
        above = kept[-1][1].strip() if kept else ""
        if row not in gone and (text.strip() or (above and not above.endswith(":"))):
            kept.append((row, FOR_TOOLS.sub("", text)))
    return "\n".join(fitted(kept, ends)), docs


def _left_out(tree: ast.Module, rows: list[str], names: dict[str, Any]) -> Iterator[int]:
    """Rows (from 0) of docstrings, of checks with the comments above them, of our decorators."""
    for node in ast.walk(tree):
        has_doc = isinstance(node, Node) and ast.get_docstring(node) is not None
        if isinstance(node, Node):
            for decorator in node.decorator_list:
                if _is_plumbing(decorator, names):
                    yield from _rows(decorator)
            if has_doc and len(node.body) > 1:
                yield from _rows(node.body[0])
        found = [getattr(node, name, None) for name in ("body", "orelse")]
        # What does nothing but check stays: a body may not be empty.
        bodies = [body[has_doc:] for body in found if isinstance(body, list)]
        bodies = [body for body in bodies if not all(map(_is_check, body))]
        for part in (part for body in bodies for part in body):
            if _is_check(part):
                yield from _rows(part)
                above = part.lineno - 2
                while above >= 0 and rows[above].lstrip().startswith("#"):
                    yield above
                    above -= 1


def _rows(node: ast.stmt | ast.expr) -> range:
    return range(node.lineno - 1, node.end_lineno or node.lineno)


def _is_check(node: ast.AST) -> bool:
    """`raise` under a condition, `assert`, a bare call of something named check; loops of these."""
    if isinstance(node, ast.If | ast.For | ast.With):
        parts = [*node.body, *getattr(node, "orelse", [])]
        return all(isinstance(part, ast.Raise) or _is_check(part) for part in parts)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        name = ast.unparse(node.value.func).rsplit(".", 1)[-1]
        return name.lstrip("_").startswith("check")
    return isinstance(node, ast.Assert)


def _is_plumbing(decorator: ast.expr, names: dict[str, Any]) -> bool:
    """Whether a decorator is one of those that check, cache or exchange; by where it is made."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    first, *rest = ast.unparse(called).split(".")
    found = names.get(first)
    for name in rest:
        found = getattr(found, name, None)
    return getattr(found, "__module__", None) in PLUMBING

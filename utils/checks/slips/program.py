"""A right or a wrong answer as a program that can be changed and run."""

import ast
import inspect
import math
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import FunctionType
from typing import Any

import einops
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from utils import ops
from utils.checks.files import SLIPS, kind
from utils.checks.slips.change import parameters
from utils.checks.slips.names import FIRST

UNSAFE = (ast.While, ast.Global, ast.Nonlocal, ast.ClassDef, ast.AsyncFunctionDef, ast.Yield)
NOT_TO_REPEAT = {"open", "exec", "eval", "input", "exit", "quit", "os", "sys", "subprocess", "Path"}
MOST_LINES = 60


@dataclass
class Program:
    """Functions in one tree, the main one by name, and what they may use."""

    tree: ast.Module
    name: str
    scope: dict[str, Any]

    def function(self) -> Callable[..., Any]:
        """The program as it stands now. Raises whatever compiling it raises."""
        tree = ast.fix_missing_locations(self.tree)
        scope = dict(self.scope)
        exec(compile(tree, SLIPS, "exec"), scope)
        return scope[self.name]

    def keep_what_came(self) -> set[str]:
        """Let every function remember its parameters' first values; the names it has renewed."""
        renewed: set[str] = set()
        for function in self.tree.body:
            if isinstance(function, ast.FunctionDef):
                names = parameters(ast.Module([function], []))
                written = {
                    node.id
                    for node in ast.walk(function)
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
                }
                for name in names:
                    if name in written:
                        renewed.add(name)
                        keep = ast.parse(f"{FIRST}{name} = {name}").body
                        function.body[:0] = keep
        return renewed


def scope() -> dict[str, Any]:
    """What the solutions use, as the notebooks import it."""
    return {
        **{name: getattr(ops, name) for name in ops.__all__},
        **{"torch": torch, "functional": functional, "F": functional, "math": math, "np": np},
        **{"rearrange": einops.rearrange, "reduce": einops.reduce, "repeat": einops.repeat},
        **{"einsum": einops.einsum, "Tensor": Tensor, "nn": nn, "einops": einops},
    }


def of_text(text: str, name: str, helpers: dict[str, str]) -> Program:
    """A solution with the earlier solutions that it calls."""
    tree = ast.parse(text)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for helper in [h for h in helpers if h in used and h != name]:
        part = ast.parse(helpers[helper])
        used |= {node.id for node in ast.walk(part) if isinstance(node, ast.Name)}
        tree.body[:0] = part.body
    known = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for helper in [h for h in helpers if h in used and h not in known and h != name]:
        tree.body[:0] = ast.parse(helpers[helper]).body
    return Program(tree, name, scope())


def of_function(function: Any) -> Program | None:
    """The learner's function with the helpers that it calls; None where the text is not to be had.

    Loops without a bound, classes and whatever reaches outside are left alone.
    """
    while isinstance(function, partial) and not function.args and not function.keywords:
        function = function.func
    if not isinstance(function, FunctionType) or function.__closure__ or _is_ours(function):
        return None
    definitions: dict[str, ast.FunctionDef] = {}
    waiting = [function]
    while waiting:
        one = waiting.pop()
        definition = _definition(one)
        if definition is None:
            if one is function:
                return None
            continue
        definitions[definition.name] = definition
        for name in {n.id for n in ast.walk(definition) if isinstance(n, ast.Name)}:
            other = one.__globals__.get(name)
            if isinstance(other, FunctionType) and name == other.__name__:
                usable = not _is_ours(other) and not other.__closure__
                if usable and name not in definitions:
                    waiting.append(other)
    tree = ast.Module([*reversed(definitions.values())], [])
    if any(isinstance(node, UNSAFE) for node in ast.walk(tree)):
        return None
    if {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} & NOT_TO_REPEAT:
        return None
    return Program(tree, next(iter(definitions)), dict(function.__globals__))


def _is_ours(function: FunctionType) -> bool:
    module = function.__module__ or ""
    return kind(function.__code__.co_filename) == "library" or module.startswith("utils.ops")


def _definition(function: FunctionType) -> ast.FunctionDef | None:
    try:
        lines, _ = inspect.getsourcelines(function)
        if len(lines) > MOST_LINES:
            return None
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, SyntaxError, TypeError, ValueError):
        return None
    found = next((n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)), None)
    if found is None:
        return _of_lambda(tree, function)
    found.decorator_list, found.returns = [], None
    for arg in (*found.args.args, *found.args.kwonlyargs):
        arg.annotation = None
    return found if found.name == function.__name__ else None


def _of_lambda(tree: ast.AST, function: FunctionType) -> ast.FunctionDef | None:
    """A lambda written as a function of one line."""
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Lambda)]
    if len(found) != 1 or function.__name__ != "<lambda>":
        return None
    body: list[ast.stmt] = [ast.Return(found[0].body)]
    made = ast.parse("def answer(): pass").body[0]
    assert isinstance(made, ast.FunctionDef), "it was written so"
    made.args, made.body = found[0].args, body
    return ast.fix_missing_locations(made)

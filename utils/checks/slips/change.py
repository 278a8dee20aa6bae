"""What a change of a program is, and how it is spoken of."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 70  # characters of code in a sentence


@dataclass(frozen=True)
class Change:
    """`new` in the place of one node, as sentences for a wrong program and for a mended one."""

    new: ast.expr
    wrong: str  # "`norm2` is left out": what was done to the right program
    mend: str = ""  # "leave `norm2` out": what makes a wrong program right
    cost: int = 2  # the simplest is said: 1 what people often do, 3 what they seldom do


def code(node: ast.AST) -> str:
    """The node as code in backticks, cut where it is long."""
    text = " ".join(ast.unparse(node).split())
    return f"`{text if len(text) <= LONGEST else text[: LONGEST - 3] + '...'}`"


def instead(old: ast.expr, new: ast.expr, *, cost: int = 2) -> Change:
    """`new` where `old` belongs."""
    return Change(
        new, f"{code(new)} stands where {code(old)} belongs", f"with {code(new)} it is right", cost
    )


def names(tree: ast.AST) -> set[str]:
    """All names that are read or written."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def parameters(tree: ast.AST) -> list[str]:
    """The parameters of all functions in the tree."""
    return [
        arg.arg
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.Lambda))
        for arg in node.args.args
    ]


def is_method(call: ast.Call) -> bool:
    """Whether it is `x.softmax(...)` on a value, not `torch.softmax(x)` or `layer.norm(x)`."""
    return isinstance(call.func, ast.Attribute)


def called(call: ast.Call) -> str:
    """The last name of what is called: `softmax` of `torch.softmax(x)`."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def both_ways(pairs: dict[str, tuple[str, ...]], name: str) -> Iterator[str]:
    """What may stand for `name` in a table of things that are taken for each other."""
    for group in pairs.values():
        if name in group:
            yield from (other for other in group if other != name)

"""Changes of arithmetic: another sign, a term left out, a number off by one, a comparison."""

import ast
import copy
from collections.abc import Iterator

from utils.checks.slips.change import Change, code, instead

OPERATORS: tuple[type[ast.operator], ...] = (
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.FloorDiv,
)
SIGNS: dict[type[ast.operator], str] = {
    **{ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"},
    **{ast.FloorDiv: "//", ast.Pow: "**", ast.MatMult: "@", ast.Mod: "%"},
}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt, ast.GtE),
    ast.LtE: (ast.Lt, ast.Eq, ast.GtE, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt, ast.LtE),
    ast.GtE: (ast.Gt, ast.Eq, ast.LtE, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
SMALL = (1e-5, 1e-6, 1e-8, 1e-12, 1e-3, 0.0)


def arithmetic(node: ast.expr) -> Iterator[Change]:
    """Another operator, one side alone, the sides exchanged."""
    if not isinstance(node, ast.BinOp):
        return
    for side, gone in ((node.left, node.right), (node.right, node.left)):
        sign = SIGNS.get(type(node.op), "")
        what = f"`{sign} {ast.unparse(gone)}`" if gone is node.right and sign else code(gone)
        yield Change(side, f"{what} is missing from {code(node)}", f"leave {code(gone)} out", 1)
    if not isinstance(node.op, (ast.Add, ast.Mult, ast.Pow)):  # a power turned may have no end
        yield instead(node, ast.BinOp(node.right, node.op, node.left), cost=2)
    others = [op for op in OPERATORS if not isinstance(node.op, op)]
    if isinstance(node.op, (*OPERATORS, ast.Pow)):
        for op in others:
            yield instead(node, ast.BinOp(node.left, op(), node.right), cost=2)
    if isinstance(node.op, ast.FloorDiv):  # rounded up
        up = ast.UnaryOp(ast.USub(), ast.BinOp(_minus(node.left), ast.FloorDiv(), node.right))
        yield instead(node, up, cost=3)
    if isinstance(node.op, ast.Div):
        yield instead(node, ast.BinOp(node.left, ast.Mult(), node.right), cost=1)


def regrouped(node: ast.expr) -> Iterator[Change]:
    """`a / b + c` becomes `(a + c) / b`, and the other way around; `a - (b + c)` likewise."""
    if not isinstance(node, ast.BinOp):
        return
    inner = node.left
    if isinstance(inner, ast.BinOp) and type(inner.op) is not type(node.op):
        new = ast.BinOp(ast.BinOp(inner.left, node.op, node.right), inner.op, inner.right)
        yield instead(node, new, cost=1)
    if isinstance(node.right, ast.BinOp):
        right = node.right
        grouped = ast.BinOp(ast.BinOp(node.left, node.op, right.left), right.op, right.right)
        yield instead(node, grouped, cost=2)


def _minus(node: ast.expr) -> ast.expr:
    return node.operand if isinstance(node, ast.UnaryOp) else ast.UnaryOp(ast.USub(), node)


def signs(node: ast.expr) -> Iterator[Change]:
    """A minus dropped, or one too many."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not, ast.Invert)):
        yield instead(node, node.operand, cost=1)
    elif isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.BinOp, ast.Subscript)):
        yield instead(node, ast.UnaryOp(ast.USub(), copy.deepcopy(node)), cost=3)


def numbers(node: ast.expr) -> Iterator[Change]:
    """One more, one less, the other truth, another small number."""
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    new: list[float] = []
    if isinstance(value, bool):
        new = [not value]
    elif isinstance(value, int):
        new = [value + 1, value - 1, -value, 2 * value, value / 2 if value % 2 else value // 2]
    elif isinstance(value, float) and 0 < value < 0.01:
        new = [small for small in SMALL if small != value]
    elif isinstance(value, float):
        new = [value + 1, value - 1, 2 * value, value / 2, -value, 1 / value if value else 1.0]
    for other in dict.fromkeys(new):
        if other != value or type(other) is not type(value):
            yield instead(node, ast.Constant(other), cost=2)


def one_off(node: ast.expr) -> Iterator[Change]:
    """`e + 1` or `e - 1` for `e`."""
    if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.BinOp)):
        for op in (ast.Add(), ast.Sub()):
            yield instead(node, ast.BinOp(copy.deepcopy(node), op, ast.Constant(1)), cost=3)


def comparisons(node: ast.expr) -> Iterator[Change]:
    """`<` for `<=`, `!=` for `==`, `or` for `and`; one side of a choice alone."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in COMPARISONS.get(type(node.ops[0]), ()):
            yield instead(node, ast.Compare(node.left, [other()], node.comparators), cost=1)
    if isinstance(node, ast.BoolOp):
        op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield instead(node, ast.BoolOp(op, node.values), cost=1)
        for place in range(len(node.values)):
            yield instead(node, node.values[place], cost=2)
    if isinstance(node, ast.IfExp):
        for side, said in ((node.body, "always"), (node.orelse, "never")):
            yield Change(
                side,
                f"the condition {code(node.test)} is taken to hold {said}",
                f"without the condition {code(node.test)} it is right",
                2,
            )
        yield instead(node, ast.IfExp(node.test, node.orelse, node.body), cost=2)

"""Changes of whole lines: left out, in another order, a loop over a part."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from utils.checks.slips.change import Change, code, instead


@dataclass(frozen=True)
class Lines:
    """Other lines in the place of a block's lines."""

    new: list[ast.stmt]
    wrong: str
    mend: str
    cost: int
    line: ast.stmt


def lines(block: list[ast.stmt]) -> Iterator[Lines]:
    """One line left out, two lines exchanged, a loop's or a condition's lines alone."""
    for place, line in enumerate(block):
        before, after = block[:place], block[place + 1 :]
        said = code(line)
        if isinstance(line, (ast.Assign, ast.AugAssign, ast.Expr)):
            yield Lines([*before, *after] or [ast.Pass()], f"the line {said} is left out",
                        f"leave {said} out", 2, line)  # fmt: skip
        if isinstance(line, ast.AugAssign):
            plain = ast.copy_location(ast.Assign([line.target], line.value), line)
            yield Lines([*before, plain, *after], f"{code(plain)} stands where {said} belongs",
                        f"with {code(plain)} it is right", 2, line)  # fmt: skip
        if isinstance(line, (ast.If, ast.For)):
            yield Lines([*before, *line.body, *after], f"{code(_head(line))} is left out",
                        f"without {code(_head(line))} it is right", 2, line)  # fmt: skip
            if isinstance(line, ast.If):
                rest = line.orelse or [ast.Pass()]
                yield Lines([*before, *rest, *after], f"{code(_head(line))} is never so",
                            f"without {code(_head(line))} it is right", 2, line)  # fmt: skip
        if after and not isinstance(line, ast.Return) and not isinstance(after[0], ast.Return):
            yield Lines([*before, after[0], line, *after[1:]],
                        f"{said} and {code(after[0])} have changed places",
                        f"{said} and {code(after[0])} change places", 2, line)  # fmt: skip


def _head(line: ast.If | ast.For) -> ast.stmt:
    head = copy.copy(line)
    head.body, head.orelse = [ast.Expr(ast.Constant(...))], []
    return head


def loops(node: ast.For | ast.comprehension) -> Iterator[Change]:
    """A part of what is gone through: one alone, all but one, backwards."""
    over = node.iter
    if isinstance(over, ast.Call) and getattr(over.func, "id", "") in ("reversed", "enumerate"):
        yield instead(over, over.args[0], cost=1)
    listed = ast.Call(ast.Name("list", ast.Load()), [over], [])
    for text, said in (("[:1]", "only the first of"), ("[-1:]", "only the last of"),
                       ("[1:]", "all but the first of"), ("[:-1]", "all but the last of"),
                       ("[::-1]", "backwards through")):  # fmt: skip
        part = ast.parse(f"_{text}", mode="eval").body
        assert isinstance(part, ast.Subscript), "it was written so"
        yield Change(
            ast.Subscript(listed, part.slice, ast.Load()),
            f"the loop goes {said} {code(over)}",
            f"the loop goes {said} {code(over)}",
            1,
        )

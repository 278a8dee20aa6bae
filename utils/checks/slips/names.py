"""Changes of names: one value for another, the value as it came, a number written down."""

import ast
from collections.abc import Iterator

from utils.checks.slips.change import Change, code, instead

FIRST = "_first_"  # before the name of a parameter: its value as it came
USUAL = (1, 2, 3, 4, 7, 8, 16, 32, 64, 96)  # sizes that people write down


def containers(tree: ast.AST) -> set[str]:
    """The names of pairs and lists: taken apart, gone through, or read at a fixed place.

    A pair times a large number is a very long list: it never stands for a number.
    """
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Tuple, ast.List)):
            parts = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            found |= {part.id for part in parts if isinstance(part, ast.Name)}
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            found |= {node.value.id} if isinstance(node.value, ast.Name) else set()
        elif isinstance(node, (ast.For, ast.comprehension)):
            over = node.iter.args if isinstance(node.iter, ast.Call) else [node.iter]
            found |= {part.id for part in over if isinstance(part, ast.Name)}
    return found


def another_name(
    node: ast.expr, known: set[str], first: set[str], pairs: set[str]
) -> Iterator[Change]:
    """Another variable of the program; a parameter's value before it was renewed."""
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
        return
    for other in sorted(known - {node.id}):
        if (other in pairs) == (node.id in pairs):
            yield instead(node, ast.Name(other, ast.Load()), cost=2)
    if node.id in first:
        yield Change(
            ast.Name(FIRST + node.id, ast.Load()),
            f"`{node.id}` as it came is used where the renewed `{node.id}` belongs",
            f"with `{node.id}` as it came it is right",
            1,
        )


def written_down(node: ast.expr) -> Iterator[Change]:
    """A number in the place of a size that the input decides."""
    asks = "shape" in ast.unparse(node) or (
        isinstance(node, ast.Attribute)
        and node.attr in ("num_heads", "window_size", "patch_size", "eps")
    )
    if not isinstance(node, (ast.Subscript, ast.Attribute)) or not asks:
        return
    if isinstance(node, ast.Attribute) and node.attr == "shape":
        return
    for number in USUAL:
        yield Change(
            ast.Constant(number),
            f"the size {code(node)} is written down as {number}",
            f"with {number} it is right",
            3,
        )


def read_off(node: ast.expr, sizes: list[str]) -> Iterator[Change]:
    """A size of the input in the place of a number that was written down."""
    if (
        isinstance(node, ast.Constant)
        and type(node.value) in (int, float)
        and node.value not in (0, 1, 2, -1, 0.5)
    ):
        for size in sizes:
            new = ast.parse(size, mode="eval").body
            yield Change(
                new,
                f"{code(new)} stands where {code(node)} belongs",
                f"{code(node)} is a size written down: it is {code(new)}, another for each input",
                2,
            )

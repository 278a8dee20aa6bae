"""Changes of axes: another dim, another index, another einops pattern, two sizes exchanged."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, permutations

from utils.checks.slips.change import Change, code, instead

DIMS = (-1, -2, -3, 0, 1, 2, 3)
TAKING_DIMS = {"dim", "dims", "axis", "start_dim", "correction", "keepdim"}
WORDS = {
    "paddings": ("constant", "reflect", "replicate", "circular"),
    "modes": ("bilinear", "nearest", "bicubic"),
    "borders": ("zeros", "border", "reflection"),
    "kinds": ("window", "grid"),
    "places": ("center", "end", "start"),
    "meshes": ("ij", "xy"),
}


def dims(node: ast.expr) -> Iterator[Change]:
    """Another number for an axis: in `dim=`, in the brackets of `shape`, in a tuple of dims."""
    if isinstance(node, ast.Call):
        yield from _dims_of_call(node)
    if not isinstance(node, ast.Subscript) or "shape" not in ast.unparse(node.value)[-6:]:
        return
    for dim in DIMS if isinstance(node.slice, (ast.Constant, ast.UnaryOp)) else ():
        new = ast.Subscript(node.value, _number(dim), ast.Load())
        if ast.unparse(new) != ast.unparse(node):
            yield instead(node, new, cost=1)


def _dims_of_call(node: ast.Call) -> Iterator[Change]:
    name = ast.unparse(node.func).rpartition(".")[2]
    for place, keyword in enumerate(node.keywords):
        if keyword.arg in TAKING_DIMS - {"correction", "keepdim"}:
            for value in _other_dims(keyword.value):
                new = copy.deepcopy(node)
                new.keywords[place].value = value
                yield _over(name, keyword.value, new, value)
    for place, arg in enumerate(node.args):
        if isinstance(arg, (ast.Constant, ast.UnaryOp)) and isinstance(node.func, ast.Attribute):
            for value in _other_dims(arg):
                new = copy.deepcopy(node)
                new.args[place] = value
                yield _over(name, arg, new, value)


def _over(name: str, old: ast.expr, new: ast.expr, value: ast.expr) -> Change:
    return Change(
        new,
        f"`{name}` goes over axis {ast.unparse(value)} where axis {ast.unparse(old)} is right",
        f"over axis {ast.unparse(value)} `{name}` is right",
        1,
    )


def _other_dims(node: ast.expr) -> Iterator[ast.expr]:
    try:
        old = ast.literal_eval(node)
    except ValueError:
        return
    if isinstance(old, (bool, str, float)):
        return
    if isinstance(old, int):
        yield from (_number(dim) for dim in DIMS if dim != old)
        for several in ((old, old - 1), (1, 2), (1, 2, 3), (0, 1, 2, 3)):
            yield ast.Tuple([_number(dim) for dim in several], ast.Load())
    elif isinstance(old, tuple) and all(isinstance(dim, int) for dim in old):
        yield from (_number(dim) for dim in old)
        tuples = [tuple(dim + step for dim in old) for step in (-1, 1)]
        tuples += [old[::-1]] if len(old) == 2 else []
        yield from (ast.Tuple([_number(d) for d in dims], ast.Load()) for dims in tuples)


def _number(value: int) -> ast.expr:
    return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))


def tuples(node: ast.expr) -> Iterator[Change]:
    """Two places of a tuple or list exchanged."""
    if not isinstance(node, (ast.Tuple, ast.List)) or not 2 <= len(node.elts) <= 6:
        return
    for one, other in combinations(range(len(node.elts)), 2):
        new = copy.deepcopy(node)
        new.elts[one], new.elts[other] = new.elts[other], new.elts[one]
        if ast.unparse(new) != ast.unparse(node):
            first, second = code(node.elts[one]), code(node.elts[other])
            plain = all(isinstance(part, ast.Name) for part in node.elts)
            yield Change(
                new,
                f"{first} and {second} have changed places in {code(node)}",
                f"{first} and {second} change places",
                2 if plain and len(node.elts) > 2 else 1,
            )
    index = any(isinstance(part, (ast.Slice, ast.Constant)) for part in node.elts)
    if len(node.elts) == 2 and isinstance(node, ast.Tuple) and not index:
        for place in (0, 1):  # one of the two taken for both
            yield instead(node, ast.Tuple([node.elts[place]] * 2, ast.Load()), cost=3)


def words(node: ast.expr) -> Iterator[Change]:
    """Another word of the same kind: `constant` for `reflect`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        for group in WORDS.values():
            if node.value in group:
                for other in group:
                    if other != node.value:
                        yield _another_word(node, other)
        if "->" in node.value:
            yield from _patterns(node)


SAID = {
    ("ij", "xy"): "the cells are counted column by column, where they go row by row",
    ("xy", "ij"): "the cells are counted row by row, where they go column by column",
    ("reflect", "constant"): "zeros are padded, where the picture is to be reflected",
    ("zeros", "border"): "outside the map its border is read, where zeros stand",
}


def _another_word(node: ast.Constant, other: str) -> Change:
    change = instead(node, ast.Constant(other), cost=0)
    assert isinstance(node.value, str), "asked for by `words`"
    said = SAID.get((node.value, other))
    return replace(change, wrong=f"{said} ({change.wrong})") if said else change


def _patterns(node: ast.Constant) -> Iterator[Change]:
    """A pattern with the factors of one bracket, or two axes of one side, in another order."""
    assert isinstance(node.value, str), "asked for by `words`"
    left, right = (part.strip() for part in node.value.split("->"))
    seen = {node.value}
    for which, side in enumerate((left, right)):
        for new_side in _reordered(_items(side)):
            sides = [left, right]
            sides[which] = new_side
            new = " -> ".join(sides)
            if new not in seen:
                seen.add(new)
                yield Change(
                    ast.Constant(new),
                    f"the axes are read as `{new_side}` where `{side}` is right",
                    f"with `{new_side}` for `{side}` it is right",
                    1,
                )


def _items(side: str) -> list[list[str]]:
    items: list[list[str]] = []
    inside = False
    for word in side.replace("(", " ( ").replace(")", " ) ").split():
        if word == "(":
            items.append([])
            inside = True
        elif word == ")":
            inside = False
        elif inside:
            items[-1].append(word)
        else:
            items.append([word])
    return items


def _reordered(items: list[list[str]]) -> Iterator[str]:
    for place, item in enumerate(items):
        orders = permutations(item) if len(item) <= 3 else _two_exchanged(item)
        for order in orders if len(item) > 1 else ():
            yield _joined([*items[:place], list(order), *items[place + 1 :]])
    wide = [place for place, item in enumerate(items) if len(item) == 2]
    if len(wide) == 2:  # both brackets turned around: a grid for windows
        yield _joined([item[::-1] if place in wide else item for place, item in enumerate(items)])
    if len(items) <= 7:
        for one, other in combinations(range(len(items)), 2):
            new = list(items)
            new[one], new[other] = new[other], new[one]
            yield _joined(new)
    for (one, a), (other, b) in combinations(enumerate(items), 2):  # a factor of each exchanged
        for i in range(len(a)):
            for j in range(len(b)):
                if len(a) + len(b) > 2:
                    new = [list(item) for item in items]
                    new[one][i], new[other][j] = b[j], a[i]
                    yield _joined(new)


def _two_exchanged(item: list[str]) -> Iterator[list[str]]:
    for one, other in combinations(range(len(item)), 2):
        new = list(item)
        new[one], new[other] = new[other], new[one]
        yield new


def _joined(items: list[list[str]]) -> str:
    return " ".join(item[0] if len(item) == 1 else f"({' '.join(item)})" for item in items)


def slices(node: ast.expr) -> Iterator[Change]:
    """A slice or index that begins or ends one further; another step."""
    if not isinstance(node, ast.Subscript):
        return
    index = node.slice
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    for place, part in enumerate(parts):
        for other in _other_index(part):
            new_parts = [*parts[:place], other, *parts[place + 1 :]]
            new = ast.Tuple(new_parts, ast.Load()) if isinstance(index, ast.Tuple) else other
            yield instead(node, ast.Subscript(node.value, new, ast.Load()), cost=2)
    if isinstance(index, ast.Tuple):
        for one, other_place in combinations(range(len(parts)), 2):
            new_parts = list(parts)
            new_parts[one], new_parts[other_place] = parts[other_place], parts[one]
            changed = ast.Subscript(node.value, ast.Tuple(new_parts, ast.Load()), ast.Load())
            if ast.unparse(changed) != ast.unparse(node):
                yield instead(node, changed, cost=2)


def _other_index(part: ast.expr) -> Iterator[ast.expr]:
    if isinstance(part, ast.Slice):
        for bound in ("lower", "upper"):
            value = getattr(part, bound)
            for other in [None] if value is not None else []:
                yield _sliced(part, bound, other)
            if isinstance(value, ast.Constant) and isinstance(value.value, int):
                for step in (-1, 1):
                    moved = ast.Constant(value.value + step)
                    yield _sliced(part, bound, moved)
    elif isinstance(part, (ast.Constant, ast.UnaryOp)):
        try:
            value = ast.literal_eval(part)
        except ValueError:
            return
        if isinstance(value, int) and not isinstance(value, bool):
            yield from (_number(value + step) for step in (-1, 1))


def _sliced(part: ast.Slice, bound: str, value: ast.expr | None) -> ast.Slice:
    """The same slice with another bound."""
    new = ast.Slice(part.lower, part.upper, part.step)
    setattr(new, bound, value)
    return new

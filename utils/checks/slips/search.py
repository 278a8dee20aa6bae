"""Try changes one by one, the likeliest first."""

# A lambda keeps a loop's value by a default, whose type mypy does not infer.
# mypy: disable-error-code="misc"

import ast
import copy
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from utils.checks.slips import axes, calls, names, operators, statements
from utils.checks.slips.change import Change, code, parameters
from utils.checks.slips.names import FIRST
from utils.checks.slips.program import Program

MOST_ALIKE = 6  # places at which one slip is made at once
Fits = Callable[[Callable[..., Any]], bool]  # whether a changed program is the one looked for


@dataclass(frozen=True)
class Site:
    """A change at its place in the tree: how to make it, and how to undo it."""

    cost: int
    wrong: str
    mend: str
    line: int
    text: str  # of the line
    put: Callable[[], None]
    undo: Callable[[], None]
    kind: str = ""  # the change's own words, without its place


class Search:
    """The changes of one right program, in rounds: one change, one thing moved, two changes."""

    def __init__(
        self, program: Program, fits: Fits, layers: dict[str, set[str]] | None = None
    ) -> None:
        self.program, self.fits = program, fits
        first = program.keep_what_came()
        found = _sites(program, first, mending=False, layers=layers)
        self.sites = sorted(found, key=lambda site: site.cost)

    def one(self, *, seconds: float) -> str:
        """One change that makes `fits` true, as a sentence; empty if there is none."""
        return self._first(((site,) for site in self.sites), seconds)

    def two(self, *, seconds: float) -> str:
        """Something in another place, or two changes that people often make."""
        cheap = [site for site in self.sites if site.cost == 1]
        others = [site for site in self.sites if site.kind == "another_function"]
        alike = sorted(combinations(cheap, 2), key=lambda two: two[0].kind != two[1].kind)
        rounds = (_everywhere(self.sites), _moved(self.program), combinations(others, 2), alike)
        for tries in rounds:
            said = self._first(tries, seconds / len(rounds))
            if said:
                return said
        return ""

    def _first(self, tries: Iterable[tuple[Site, ...]], seconds: float) -> str:
        until = time.thread_time() + seconds
        for sites in tries:
            if time.thread_time() > until:
                return ""
            if _tried(self.program, sites, self.fits):
                return ", and ".join(dict.fromkeys(site.wrong for site in sites if site.wrong))
        return ""


def _everywhere(sites: list[Site]) -> Iterator[tuple[Site, ...]]:
    """The same slip at every place at which it can be made: each mean over the wrong axis."""
    groups: dict[tuple[str, str], list[Site]] = {}
    for site in sites:
        if site.wrong:
            groups.setdefault((site.kind, _sort(site)), []).append(site)
    yield from (tuple(group) for group in groups.values() if 2 <= len(group) <= MOST_ALIKE)


def _sort(site: Site) -> str:
    """The words of a change without the place at which it stands."""
    words = site.wrong.partition(", in `")[0]
    return re.sub(r"`[^`]*`", "``", words) if site.kind in ("dims", "order_of_two") else words


def _moved(program: Program) -> Iterator[tuple[Site, Site]]:
    """A term or a call taken from one place and put around another expression."""
    for function in program.tree.body:
        assert isinstance(function, ast.FunctionDef), "a program holds functions alone"
        places = list(_places(function))
        for parent, field, place, node, line in places:
            for core, around, said in _taken(node):
                out = _at(parent, field, place, Change(core, said), line)
                for parent2, field2, place2, other, line2 in places:
                    if other is not node and isinstance(other, (ast.Name, ast.Call, ast.BinOp)):
                        change = Change(around(other), f"it stands at {code(other)}")
                        yield out, _at(parent2, field2, place2, change, line2)


def _taken(
    node: ast.AST,
) -> Iterator[tuple[ast.expr, Callable[[ast.expr], ast.expr], str]]:
    """What is left of an expression without its outer step, that step, and how to speak of it."""
    if isinstance(node, ast.BinOp):
        sign = operators.SIGNS.get(type(node.op))
        if sign and not isinstance(node.op, ast.Pow):
            shown = f"`{sign} {ast.unparse(node.right)}`"
            op, right = node.op, node.right
            said = f"{shown} belongs to {code(node.left)}"
            yield node.left, lambda e: ast.BinOp(e, op, right), said
    for call in calls.vocabulary(node, inside=False):
        core = calls.core(node)
        if core is not None:
            name = calls.called(call)
            shown = f"`.{name}()`" if core is getattr(call.func, "value", None) else f"`{name}`"
            said = f"{shown} belongs around {code(core)}"
            yield core, lambda e, c=call: calls.filled(c, e), said


def mends(
    program: Program, right: Program, fits: Fits, *, seconds: float, sizes: list[str]
) -> tuple[str, int, str]:
    """The change of the learner's program that makes it right: a sentence, its line and text."""
    until = time.thread_time() + seconds
    first = program.keep_what_came()
    found = sorted(
        _sites(program, first, mending=True, right=right, sizes=sizes), key=lambda site: site.cost
    )
    for site in found:
        if time.thread_time() > until:
            break
        if _tried(program, [site], fits):
            return site.mend, site.line, site.text
    return "", 0, ""


def _tried(program: Program, sites: Sequence[Site], fits: Fits) -> bool:
    try:
        for site in sites:
            site.put()
        return fits(program.function())
    except Exception:
        return False
    finally:
        for site in reversed(sites):
            site.undo()


def _sites(
    program: Program,
    first: set[str],
    *,
    mending: bool,
    right: Program | None = None,
    sizes: list[str] | None = None,
    layers: dict[str, set[str]] | None = None,
) -> Iterator[Site]:
    """Every change at every place."""
    for function in program.tree.body:
        assert isinstance(function, ast.FunctionDef), "a program holds functions alone"
        source = _Source(function, first, right if mending else None, sizes or [])
        for owner, theirs in (layers or {}).items():
            source.attributes.setdefault(owner, set()).update(theirs)
        yield from source.sites()


class _Source:
    """One function: its places, and what may stand there."""

    def __init__(
        self, function: ast.FunctionDef, first: set[str], right: Program | None, sizes: list[str]
    ) -> None:
        self.function, self.sizes = function, sizes
        mine = ast.Module([function], [])
        stored = {
            n.id for n in ast.walk(mine) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        self.known = {name for name in stored | set(parameters(mine)) if not name.startswith(FIRST)}
        self.first = first & self.known
        self.pairs = names.containers(mine)
        self.vocabulary = calls.vocabulary(right.tree) if right is not None else []
        self.terms = _terms(right.tree) if right is not None else []
        self.attributes = _attributes(right.tree if right is not None else mine)
        for owner, theirs in _attributes(mine).items():
            self.attributes.setdefault(owner, set()).update(theirs)

    def sites(self) -> Iterator[Site]:
        for node in ast.walk(self.function):
            if isinstance(node, ast.Call):
                for change in calls.another_layer(node.func, self.attributes):
                    yield replace(_at(node, "func", None, change, node.lineno), kind="layer")
        for parent, field, place, node, line in _places(self.function):
            if isinstance(node, ast.expr):
                for kind, change in self._changes(node):
                    yield replace(_at(parent, field, place, change, line), kind=kind)
        for parent in ast.walk(self.function):
            for field in ("body", "orelse"):
                block = getattr(parent, field, None)
                if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                    for lines in statements.lines(block):
                        yield _block(parent, field, lines)
            if isinstance(parent, (ast.For, ast.comprehension)):
                for change in statements.loops(parent):
                    yield _at(parent, "iter", None, change, getattr(parent, "lineno", 0))

    def _changes(self, node: ast.expr) -> Iterator[tuple[str, Change]]:
        for changes in EVERYWHERE:
            yield from ((changes.__name__, change) for change in changes(node))
        yield from (("layer", c) for c in calls.another_layer(node, self.attributes))
        yield from (
            ("name", c) for c in names.another_name(node, self.known, self.first, self.pairs)
        )
        yield from (("size", c) for c in names.read_off(node, self.sizes))
        yield from (("wrapped", c) for c in calls.wrapped(node, self.vocabulary))
        for op, term, shown in self.terms:
            if isinstance(node, (ast.Name, ast.Call, ast.BinOp)):
                yield "term", Change(ast.BinOp(node, op, term), "", f"{shown} is missing", 3)


EVERYWHERE = (
    *(axes.words, calls.left_out, calls.another_function, calls.arguments_exchanged),
    *(
        calls.setting_dropped,
        calls.setting_added,
        operators.arithmetic,
        operators.signs,
        operators.numbers,
    ),
    *(operators.one_off, operators.comparisons, axes.dims, axes.tuples, axes.slices),
    *(names.written_down, calls.order_of_two, operators.regrouped),
)


def _places(function: ast.FunctionDef) -> Iterator[tuple[ast.AST, str, int | None, ast.AST, int]]:
    """Every expression with its parent, the field it stands in, and its line."""
    for parent in ast.walk(function):
        if isinstance(parent, (ast.arguments, ast.JoinedStr)):
            continue
        for field, value in ast.iter_fields(parent):
            if field in ("annotation", "returns", "decorator_list", "args") and parent is function:
                continue
            if field == "func" or (
                field in ("targets", "target") and not isinstance(parent, ast.AugAssign)
            ):
                continue
            items = value if isinstance(value, list) else [value]
            for place, node in enumerate(items):
                if isinstance(node, ast.expr) and not isinstance(
                    getattr(node, "ctx", None), ast.Store
                ):
                    line = getattr(node, "lineno", 0)
                    yield parent, field, place if isinstance(value, list) else None, node, line


def _at(parent: ast.AST, field: str, place: int | None, change: Change, line: int) -> Site:
    held = getattr(parent, field)
    old = held if place is None else held[place]

    def put(node: ast.AST) -> None:
        if place is None:
            setattr(parent, field, node)
        else:
            getattr(parent, field)[place] = node

    text = code(old)
    return Site(
        change.cost,
        change.wrong,
        change.mend,
        line,
        text,
        lambda: put(change.new),
        lambda: put(old),
    )


def _block(parent: ast.AST, field: str, lines: statements.Lines) -> Site:
    old = getattr(parent, field)
    return Site(
        lines.cost,
        lines.wrong,
        lines.mend,
        getattr(lines.line, "lineno", 0),
        code(lines.line),
        lambda: setattr(parent, field, lines.new),
        lambda: setattr(parent, field, old),
    )


def _attributes(tree: ast.AST) -> dict[str, set[str]]:
    """The layers of each thing that are called or read: `block` has `norm1`, `norm2`, `mlp`."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = node.value.id in ("torch", "functional", "F", "math", "np", "einops", "nn")
            if not module and node.attr not in ("shape", "mT", "T", "dtype", "device"):
                found.setdefault(node.value.id, set()).add(node.attr)
    return found


def _terms(tree: ast.AST) -> list[tuple[ast.operator, ast.expr, str]]:
    """What a right program adds or multiplies: `+ layer.bias(mask)`, `/ q.shape[-1] ** 0.5`."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(
            node.op, (ast.Add, ast.Sub, ast.Mult, ast.Div)
        ):
            signs = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
            for side in (node.right, node.left):
                if isinstance(node.op, (ast.Sub, ast.Div)) and side is node.left:
                    continue
                shown = f"`{signs[type(node.op)]} {ast.unparse(side)}`"
                found[shown] = (node.op, copy.deepcopy(side), shown)
    return list(found.values())


def changed_sources(program: Program) -> Iterator[tuple[str, ast.Module]]:
    """Every program that is one change away, with what was changed."""
    first = program.keep_what_came()
    for site in list(_sites(program, first, mending=False)):
        site.put()
        try:
            text = ast.unparse(ast.fix_missing_locations(program.tree))
            tree = ast.parse(text)
        except (AttributeError, SyntaxError, ValueError):
            continue
        finally:
            site.undo()
        yield site.wrong, tree

"""Changes of calls: left out, another function, arguments exchanged, a setting changed."""

import ast
import copy
from collections.abc import Iterator
from itertools import combinations

from utils.checks.slips.change import Change, both_ways, called, code, instead

ALIKE = {
    "activations": ("gelu", "relu", "silu", "sigmoid", "tanh", "elu", "leaky_relu", "softplus"),
    "weights": ("softmax", "sigmoid", "log_softmax", "softmin", "exp"),
    "sums": ("mean", "sum", "amax", "amin", "std", "var", "prod"),
    "ends": ("max", "min"),
    "sure": ("any", "all"),
    "roots": ("sqrt", "square", "abs", "exp", "log"),
    "rounding": ("floor", "ceil", "round", "trunc"),
    "resampling": ("avg_pool2d", "max_pool2d"),
    "functions": ("erf", "tanh", "sigmoid"),
    "ways": ("cyclic_shift", "cyclic_unshift"),
    "repeat": ("repeat", "repeat_interleave", "tile"),
    "grids": ("zeros", "ones", "eye"),
    "like": ("zeros_like", "ones_like"),
    "order": ("reshape", "view"),
}
OF_EACH_VALUE = ("gelu", "relu", "silu", "sigmoid", "tanh", "exp", "log", "sqrt", "square", "abs")
NOT_LEFT_OUT = {"reshape", "view", "rearrange", "unflatten", "flatten", "split", "chunk", "zip"}


def left_out(node: ast.expr) -> Iterator[Change]:
    """`f(x)` becomes `x`; `x.f()` becomes `x`."""
    if not isinstance(node, ast.Call):
        return
    name = called(node)
    if node.args and not isinstance(node.args[0], ast.Starred):
        func = ast.unparse(node.func)
        cost = 3 if name in NOT_LEFT_OUT else 1
        yield Change(node.args[0], f"`{func}` is left out", f"leave `{func}` out", cost)
    if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
        yield Change(node.func.value, f"`.{name}(...)` is left out", f"leave `.{name}(...)` out", 1)


def _is_function(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) or (
        isinstance(node.func, ast.Attribute) and _is_module(node.func.value)
    )


def _is_module(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("torch", "functional", "F", "math", "np")


def another_function(node: ast.expr) -> Iterator[Change]:
    """`relu` for `gelu`, `sum` for `mean`: the same call with another name."""
    if not isinstance(node, ast.Call):
        return
    name = called(node)
    for other in both_ways(ALIKE, name):
        new = copy.deepcopy(node)
        if isinstance(new.func, ast.Attribute):
            new.func.attr = other
        elif isinstance(new.func, ast.Name):
            new.func.id = other
        new.keywords = [k for k in new.keywords if k.arg not in ("approximate", "correction")]
        if other in OF_EACH_VALUE:  # these take no axis
            new.keywords, new.args = [], new.args[:1] if _is_function(node) else []
        yield Change(
            new,
            f"`{other}` stands where `{name}` belongs, in {code(node)}",
            f"with `{other}` for `{name}` it is right",
            2,
        )
    if name == "gelu":
        yield from _kinds_of_gelu(node)
    if name == "normalize":
        new = copy.deepcopy(node)
        new.keywords.append(ast.keyword("p", ast.Constant(1)))
        said = (
            "the sum of absolute values stands where the length (the root of the squares) belongs"
        )
        yield Change(new, said, "with `p=1` it is right", 2)
        if node.args:
            squares = ast.Call(ast.Attribute(node.args[0], "square", ast.Load()), [], [])
            kept = [*node.keywords, ast.keyword("keepdim", ast.Constant(True))]
            total = ast.Call(ast.Attribute(squares, "sum", ast.Load()), [], kept)
            said = "the sum of the squares stands where the length (its root) belongs"
            new_node = ast.BinOp(node.args[0], ast.Div(), total)
            yield Change(new_node, said, "divided by the sum of the squares it is right", 2)
    if name == "var" and isinstance(node.func, ast.Attribute):
        squares = ast.Call(ast.Attribute(node.func.value, "square", ast.Load()), [], [])
        kept = [k for k in node.keywords if k.arg != "correction"]
        new = ast.Call(ast.Attribute(squares, "mean", ast.Load()), node.args, kept)
        said = "the mean of the squares stands where the variance (around the mean) belongs"
        yield Change(new, said, "with the mean of the squares it is right", 1)


def _kinds_of_gelu(node: ast.Call) -> Iterator[Change]:
    new = copy.deepcopy(node)
    tanh = any(k.arg == "approximate" for k in node.keywords)
    kept = [k for k in node.keywords if k.arg != "approximate"]
    wanted = ast.keyword("approximate", ast.Constant("tanh"))
    new.keywords = kept if tanh else [*kept, wanted]
    kinds = ("exact", "tanh") if tanh else ("tanh", "exact")
    yield Change(
        new,
        f"the {kinds[0]} GELU stands where the {kinds[1]} one belongs",
        f"with the {kinds[0]} GELU it is right",
        1,
    )


def arguments_exchanged(node: ast.expr) -> Iterator[Change]:
    """Two positional arguments, or the values of two keywords, change places."""
    if not isinstance(node, ast.Call):
        return
    for one, other in combinations(range(len(node.args)), 2):
        new = copy.deepcopy(node)
        new.args[one], new.args[other] = new.args[other], new.args[one]
        first, second = code(node.args[one]), code(node.args[other])
        yield Change(
            new,
            f"{first} and {second} have changed places in {code(node)}",
            f"{first} and {second} change places",
            1,
        )
    for one, other in combinations(range(len(node.keywords)), 2):
        new = copy.deepcopy(node)
        a, b = new.keywords[one], new.keywords[other]
        a.value, b.value = b.value, a.value
        yield Change(
            new,
            f"the values of `{a.arg}` and `{b.arg}` have changed places in `{called(node)}`",
            f"the values of `{a.arg}` and `{b.arg}` change places",
            3,
        )


def setting_dropped(node: ast.expr) -> Iterator[Change]:
    """A keyword is left to its default."""
    if not isinstance(node, ast.Call):
        return
    for place, keyword in enumerate(node.keywords):
        if keyword.arg is None:
            continue
        new = copy.deepcopy(node)
        del new.keywords[place]
        said = f"`{keyword.arg}={ast.unparse(keyword.value)}`"
        yield Change(
            new, f"{said} is missing from `{called(node)}`", f"leave {said} to its default", 2
        )


# Settings that people add, or that another library has as its default.
ADDED: dict[str, dict[str, tuple[str | bool | float, ...]]] = {
    "pad_to_multiple": {"mode": ("replicate", "reflect")},
    "grid_sample": {"padding_mode": ("border", "reflection"), "mode": ("nearest", "bicubic")},
    "interpolate": {"mode": ("nearest", "bicubic"), "align_corners": (True, False)},
    "avg_pool2d": {"ceil_mode": (True,), "count_include_pad": (False,)},
    "layer_norm": {"eps": (1e-6, 1e-12)},
}


def setting_added(node: ast.expr) -> Iterator[Change]:
    """A keyword that is not there: `mode="replicate"`."""
    if not isinstance(node, ast.Call):
        return
    name = called(node)
    for key, others in ADDED.get(name, {}).items():
        if all(keyword.arg != key for keyword in node.keywords):
            for value in others:
                new = copy.deepcopy(node)
                new.keywords.append(ast.keyword(key, ast.Constant(value)))
                said = f"`{key}={value!r}`"
                yield Change(new, f"`{name}` has {said}", f"with {said} `{name}` is right", 2)


def another_layer(node: ast.expr, attributes: dict[str, set[str]]) -> Iterator[Change]:
    """`block.norm1` for `block.norm2`: another attribute of the same thing."""
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return
    for other in sorted(attributes.get(node.value.id, set()) - {node.attr}):
        new = ast.Attribute(node.value, other, ast.Load())
        yield instead(node, new, cost=2)


def wrapped(node: ast.expr, vocabulary: list[ast.Call]) -> Iterator[Change]:
    """`f(e)` for `e`, with the functions of one argument that the right program knows."""
    if isinstance(node, (ast.Constant, ast.Tuple, ast.List, ast.Starred, ast.Slice)):
        return
    for call in vocabulary:
        method = isinstance(call.func, ast.Attribute) and _is_hole(call.func.value)
        name = f".{called(call)}(...)" if method else ast.unparse(call.func)
        wrong = f"`{name}` is applied to {code(node)}, too"
        yield Change(filled(call, node), wrong, f"`{name}` is missing", 3)


def _is_hole(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == HOLE


def order_of_two(node: ast.expr) -> Iterator[Change]:
    """`f(g(x))` becomes `g(f(x))`: the inner call outside."""
    inner = _inside(node)
    if not isinstance(node, ast.Call) or inner is None:
        return
    core = _inside_of(inner)
    if core is None:
        return
    new = _around(inner, _around(node, core))
    outer_name, inner_name = called(node), called(inner)
    if outer_name != inner_name:
        yield Change(
            new,
            f"`{outer_name}` comes before `{inner_name}`, where it comes after",
            f"`{outer_name}` comes first, then `{inner_name}`",
            1,
        )


def _inside(node: ast.AST) -> ast.Call | None:
    """The call that a call of one thing is applied to."""
    core = _inside_of(node)
    return core if isinstance(core, ast.Call) else None


def _inside_of(node: ast.AST) -> ast.expr | None:
    if not isinstance(node, ast.Call):
        return None
    if node.args and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        return node.args[0] if not isinstance(node.args[0], ast.Starred) else None
    if isinstance(node.func, ast.Name):
        return node.args[0] if node.args else None
    return node.func.value if isinstance(node.func, ast.Attribute) else None


def _around(call: ast.Call, core: ast.expr) -> ast.Call:
    """The same call around something else."""
    new = copy.copy(call)
    if _inside_of(call) is (call.args[0] if call.args else None):
        new.args = [core, *call.args[1:]]
    else:
        assert isinstance(call.func, ast.Attribute), "it is a method then"
        new.func = ast.Attribute(core, call.func.attr, ast.Load())
    return new


HOLE = "__hole__"


def vocabulary(tree: ast.AST, *, inside: bool = True) -> list[ast.Call]:
    """The calls of a program that can stand around any expression, with a hole for it.

    Without `inside` only those that the tree itself is.
    """
    found: dict[str, ast.Call] = {}
    for node in ast.walk(tree) if inside else (tree,):
        if not isinstance(node, ast.Call):
            continue
        named = isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
        if named and len(node.args) == 1 and not isinstance(node.args[0], ast.Starred):
            call = ast.Call(node.func, [ast.Name(HOLE, ast.Load())], node.keywords)
            found[ast.unparse(call)] = call
        if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
            func = ast.Attribute(ast.Name(HOLE, ast.Load()), node.func.attr, ast.Load())
            method = ast.Call(func, node.args, node.keywords)
            found[ast.unparse(method)] = method
    return list(found.values())


def filled(call: ast.Call, node: ast.expr) -> ast.Call:
    """A call of the vocabulary around an expression."""
    if isinstance(call.func, ast.Attribute) and _is_hole(call.func.value):
        return ast.Call(ast.Attribute(node, call.func.attr, ast.Load()), call.args, call.keywords)
    return ast.Call(call.func, [node], call.keywords)


def core(node: ast.AST) -> ast.expr | None:
    """What a call is applied to."""
    return _inside_of(node)

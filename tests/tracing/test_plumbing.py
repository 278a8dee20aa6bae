"""Of the lines of a trace that stand in ops, layers and models, few decide: the others compute.

Plumbing is a line that chooses between forms (`if`, a conditional expression), checks (`assert`,
`raise`) or answers None, whatever came of it; and one that asks for a dtype, a device or the mode
and of which no tensor came. A size, a loop's head, an empty list and a number that is chosen inside
of a formula are no plumbing: the paper has them, too. A line counts as often as it runs, since a
reader steps through it as often.
"""

import ast
from collections import Counter
from functools import lru_cache

import pytest
import torch

from utils.models import create_model
from utils.tracing import Line, Trace, trace

ROOMS = ("utils/ops/", "utils/layers/", "utils/models/")
MOST = 0.10
QUESTIONS = {"device", "dtype", "promote_types", "is_floating_point", "training", "isinstance"}
PICTURE = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@lru_cache
def chooses(text: str) -> bool:
    """Whether a statement, or the head of one, is a choice or a check, or answers None.

    >>> chooses("if bias is not None:"), chooses("return None"), chooses("size = x.shape[1:3]")
    (True, True, False)
    """
    statement = parsed(text)
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Return):
        value = statement.value
        nothing = value is None or (isinstance(value, ast.Constant) and value.value is None)
        return nothing or isinstance(value, ast.IfExp)
    return isinstance(statement, ast.If | ast.Match | ast.Assert | ast.Raise)


def asks(text: str) -> bool:
    """Whether a statement asks for a dtype, a device or the mode."""
    nodes = ast.walk(parsed(text))
    return bool({getattr(node, "attr", getattr(node, "id", "")) for node in nodes} & QUESTIONS)


def parsed(text: str) -> ast.stmt:
    try:
        (statement,) = ast.parse(f"{text} pass" if text.endswith(":") else text).body
    except SyntaxError:  # a line of a lambda is only a piece of its statement
        return ast.Pass()
    return statement


def is_plumbing(line: Line) -> bool:
    return chooses(line.text) or (
        all(value.facts is None for value in line.values) and asks(line.text)
    )


def traced(name: str) -> Trace:
    inputs = (255 * PICTURE, 255 * PICTURE.flip(-1)) if name == "gmflow_nano" else (PICTURE,)
    with torch.no_grad():
        return trace(create_model(name).eval(), *inputs)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("if mask is None:", True),
        ("assert self.mlp is not None", True),
        ("mask = None", True),
        ("return None if fits else mask(x)", True),
        ("exact = torch.promote_types(x.dtype, torch.float32)", True),
        ("return x * self.keep(x) if self.training and self.rate else x", True),
        ("scores = q @ k.mT * (d ** -0.5 if scale is None else scale)", False),
        ("for block in self.blocks:", False),
        ("h, w = size", False),
        ("maps = []", False),
    ],
)
def test_what_counts_as_plumbing(text, wanted):
    assert (chooses(text) or asks(text)) is wanted


@pytest.mark.parametrize(
    "name", ["swin_nano", "maxvit_nano", "restormer_nano", "gmflow_nano", "vit_adapter_nano"]
)
def test_less_than_a_tenth_of_the_traced_lines_is_plumbing(name):
    walked = [
        line
        for _, call, line in traced(name).root.walk()
        if line is not None and call.source is not None and call.source.file.startswith(ROOMS)
    ]
    assert len(walked) > 200
    plumbing = Counter(line.text for line in walked if is_plumbing(line))
    share = sum(plumbing.values()) / len(walked)
    most = "\n".join(f"{count:4} {text}" for text, count in plumbing.most_common(12))
    assert share < MOST, f"{name}: {share:.1%} of {len(walked)} lines\n{most}"

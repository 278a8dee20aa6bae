"""What the code itself says of a step: comments, names of taps, docstrings, descriptions."""

import re
from typing import Any

from torch import nn

LONGEST = 96  # letters of a title; a comment that is longer stands below it
DESCRIBED = 160  # letters of a module's description
MARKS = re.compile(r"#\s*(noqa|type:|pragma|pyright|mypy|fmt:|ruff)\b.*")  # words for tools
TAP = re.compile(r"""\btap\(\s*["']([^"']+)["']""")


def comment_of(rows: list[str], first: int, end: int) -> str:
    """The comment that stands above row `first`, else behind rows first..end-1 (counted from 0).

    >>> comment_of(["# scores of q and k", "s = q @ k.mT"], 1, 2)
    'scores of q and k'
    >>> comment_of(["x = f(a[:, ::2])  # every second row"], 0, 1)
    'every second row'
    """
    above = first
    while above > 0 and rows[above - 1].lstrip().startswith("#"):
        above -= 1
    found = " ".join(filter(None, (_words(row) for row in rows[above:first])))
    return found or " ".join(filter(None, (_words(_behind(row)) for row in rows[first:end])))


def tap_of(text: str) -> str:
    """The names of the taps in a statement.

    >>> tap_of('weights = tap("weights", scores.softmax(dim=-1))')
    'weights'
    """
    return ", ".join(TAP.findall(text))


def title_of(comment: str) -> str:
    """A comment as a title: the whole, or its beginning up to where a thought ends.

    >>> title_of("every head for itself; " + "the kernel reads a view of one joint qkv " * 2)
    'every head for itself'
    """
    if len(comment) <= LONGEST:
        return comment.removesuffix(".")
    ends = [at.start() for at in re.finditer(r"[.;:](?=\s)|,(?=\s)", comment)]
    good = [at for at in ends if 12 <= at <= LONGEST]
    strong = [at for at in good if comment[at] != ","]
    if strong or good:
        return comment[: (strong or good[-1:])[0]]
    return f"{comment[: comment.rfind(' ', 0, LONGEST)]} …"


def first_sentence(docstring: str) -> str:
    """The first sentence of a docstring, on one line.

    >>> first_sentence("Cut a map into windows.\\n\\nShape: (b, h, w, c).")
    'Cut a map into windows'
    """
    first = " ".join(docstring.strip().split("\n\n")[0].split())
    return re.split(r"\.(?=\s|$)", first)[0][:DESCRIBED]


def about(module: nn.Module) -> str:
    """The first sentence of a class's own docstring; torch's own are known by their name."""
    kind = type(module)
    own = kind.__dict__.get("__doc__") if not kind.__module__.startswith("torch.") else None
    return first_sentence(own) if isinstance(own, str) else ""


def description(module: nn.Module) -> str:
    """A module as it prints itself; one with parts by their number and its parameters.

    >>> description(nn.Conv2d(3, 96, kernel_size=4, stride=4))
    'Conv2d(3, 96, kernel_size=(4, 4), stride=(4, 4))'
    >>> description(nn.Sequential(nn.Linear(3, 5), nn.ReLU()))
    'Sequential(), 2 modules inside, 20 parameters'
    """
    try:
        inside = sum(1 for _ in module.modules()) - 1
        if not inside:
            return _one_row(repr(module))
        count = sum(parameter.numel() for parameter in module.parameters())
        own = _one_row(module.extra_repr())
        return f"{type(module).__name__}({own}), {inside} modules inside, {count:,} parameters"
    except Exception:  # its own words are a courtesy: whatever is wrong with them, the run goes on
        return f"{type(module).__name__}()"


def _words(row: str) -> str:
    found = MARKS.sub("", row).strip()
    return re.sub(r"^#[\s#–—-]*|[\s–—-]+$", "", found)


def _behind(row: str) -> str:
    """The comment at the end of a row, where the sign is not inside of a text."""
    found = re.match(r"""(?:[^#"']|"[^"]*"|'[^']*')*?(#.*)$""", row)
    return found[1] if found else ""


def _one_row(text: Any) -> str:
    row = " ".join(str(text).split())
    return row if len(row) <= DESCRIBED else f"{row[: DESCRIBED - 1]}…"

"""`show_source`: code alone, with the shapes of a run, in rows that a cell can show."""

import ast
import functools

import pytest
import torch
from torch import nn

from utils.errors import ConfigError
from utils.figures import show_source
from utils.tracing.fitting import WIDTH, fitted


def doubled(x, *, times: int = 2):
    """Every value so many times.

    >>> doubled(1)
    2
    """
    # too few would make no sense
    if times < 1:
        raise ConfigError("few", allowed="one", mend="more")
    _check(x)
    assert times
    wide = x * times
    rows = [row + 1 for row in wide]
    return wide, rows


def _check(x):
    assert x is not None


CODE = """def doubled(x, *, times: int = 2):
    wide = x * times
    rows = [row + 1 for row in wide]
    return wide, rows"""


def test_docstring_checks_and_words_for_tools_drop_out():
    shown = show_source(doubled)
    assert shown.text == repr(shown) == CODE
    data = shown._repr_mimebundle_()
    assert data["text/plain"] == CODE
    code, docs = data["text/markdown"].split("<details><summary>", 1)
    assert code.strip() == f"```python\n{CODE}\n```"
    assert docs.startswith("What <code>doubled</code> says of itself</summary>\n\n```text\n")
    assert "Every value so many times." in docs


def test_lines_end_with_the_shapes_of_a_run():
    text = show_source(doubled, example=(torch.zeros(2, 3, 5),), times=3).text
    assert text.splitlines()[1:] == [
        "    wide = x * times  # (2, 3, 5)",
        "    rows = [row + 1 for row in wide]  # 2 × (3, 5)",
        "    return wide, rows",
        "    # → returned[0] (2, 3, 5), returned[1][0] (3, 5), returned[1][1] (3, 5)",
    ]


class Layer(nn.Module):
    """A layer."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 5)

    @torch.no_grad()
    @functools.lru_cache(maxsize=3)  # noqa: B019 - of a class that lives as long as a test
    def half(self, x):
        """Half of it."""
        return x / 2

    def forward(self, x):
        x = self.half(x)
        return self.linear(x)


def test_a_module_shows_its_forward_and_runs():
    text = show_source(Layer(), Layer.half, example=(torch.zeros(7, 3),)).text
    assert text == (
        "def forward(self, x):\n    x = self.half(x)  # (7, 3)\n"
        "    return self.linear(x)  # (7, 5)\n\n"
        "@torch.no_grad()\ndef half(self, x):\n    return x / 2  # (7, 3)"
    )
    whole = show_source(Layer)
    assert '"""' not in whole.text
    assert [name for name, _ in whole.docs] == ["Layer", "half"]
    assert "class Layer(nn.Module):\n    def __init__(self):" in whole.text


def test_every_public_operation_fits_into_a_cell():
    from utils import layers, models, ops

    for room in (ops, layers, models):
        for name in room.__all__:
            thing = getattr(room, name)
            if callable(thing) and getattr(thing, "__module__", "").startswith("utils."):
                rows = show_source(thing).text.splitlines()
                assert max(map(len, rows)) <= WIDTH, (name, max(rows, key=len))
                compile("\n".join(rows), name, "exec")


def test_long_rows_break_inside_of_brackets():
    rows = [(0, f"x = function({', '.join(['argument'] * 12)})"), (1, 'y = "' + "a, " * 40 + '"')]
    made = fitted(rows, {0: "(2, 3)"})
    assert made[0].endswith(",")
    assert max(map(len, made)) <= WIDTH
    scope = {"argument": 1, "function": lambda *given: given}
    exec("\n".join(made), scope)
    assert scope["x"] == (1,) * 12
    assert scope["y"] == "a, " * 40


LONG = """\
def f(a, b):
    first = a if b > 10 and a < 1000 and b != 777 and a != 888 and b != 999 and a != 1111 else b + 1
    if first == 12345678901234567890 or first == 98765432109876543210 or first == 1234567890123456:
        return {"a long key of this dictionary": first, "another long key in it": [a, b]}
    said = f"the first of them is {first} and {a + b:>{a}} is the sum of both"  # so
    return f'{"a" if a else "b"} text with spaces inside {a + b} and out', r"\\d \\s \\w \\d"
"""


def test_broken_rows_are_the_same_code():
    made = fitted(list(enumerate(LONG.splitlines())), {1: "(2, 3)", 5: "2 × (3,)"}, 60)
    assert max(map(len, made)) <= 60
    assert ast.dump(ast.parse("\n".join(made))) == ast.dump(ast.parse(LONG))
    at = made.index("    # so")
    assert made[at + 1].startswith("    said = ")
    assert "    # → (2, 3)" in made or any(row.endswith("# (2, 3)") for row in made)


def checks_alone(x):
    try:
        if x < 0:
            raise ValueError(x)
    finally:
        x = 1
    for _ in range(x):
        assert x
    return x


def test_what_is_left_is_still_python():
    text = show_source(checks_alone).text
    compile(text, "checks", "exec")
    assert "raise ValueError" in text  # a body may not be empty
    assert "assert x" not in text


def test_what_has_no_source_is_refused(plain_types):
    with pytest.raises(ConfigError, match="without source in Python"):
        show_source(len)

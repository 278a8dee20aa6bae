"""`show_ladder`: the forms of one operation, equal in value."""

import re
from inspect import unwrap

import pytest
import torch

from utils.errors import ConfigError
from utils.ops import attention, cyclic_shift
from utils.switch import FORMS, Form
from utils.tracing import ladder, show_ladder


def test_loops_and_plain_are_shown_and_equal():
    x = torch.randn(1, 3, 4, 5)
    seen = show_ladder(cyclic_shift, example=(x,), shift_size=(1, 2))
    names = [one.name for one in seen.rungs]
    assert names[:2] == ["loops", "plain"]
    assert all(one.off < 1e-6 and one.seconds > 0 for one in seen.rungs)
    assert "def cyclic_shift(" in seen.rungs[1].text
    assert '"""' not in seen.rungs[1].text
    data = seen._repr_mimebundle_()
    assert data["text/html"].count("<pre") == len(seen.rungs)
    assert " ms" in data["text/html"]
    assert " ms" not in data["text/plain"]  # which is compared from machine to machine


def test_a_fast_form_stands_beside_with_what_it_gains(monkeypatch):
    def quick(x, *, shift_size):
        """One gather. Gains: half the time."""
        return unwrap(cyclic_shift)(x, shift_size=shift_size) + 0.5

    monkeypatch.setitem(FORMS, "utils.ops.shift.cyclic_shift", Form(quick, ()))
    seen = show_ladder(cyclic_shift, example=(torch.ones(1, 3, 4, 5),), shift_size=(1, 2))
    last = seen.rungs[-1]
    assert (last.name, last.said) == ("fast", "One gather. Gains: half the time.")
    assert last.off == pytest.approx(0.5)
    assert repr(seen).endswith("fast: 2 lines, equal: False")


def test_times_are_marked_and_told_beside_the_form_before():
    rungs = [ladder.Rung(n, "x = 1", "", s, 0.0) for n, s in (("loops", 2.0), ("plain", 0.004))]
    rungs.append(ladder.Rung("fast", "x = 1", "", 0.002, 0.0))
    said = ladder.Ladder("op", tuple(rungs))._repr_mimebundle_()["text/html"]
    found = re.findall("<time>(.*?)</time>", said)
    assert found == ["2,000 ms", "4 ms, 500 × as fast as loops", "2 ms, 2.0 × as fast as plain"]
    assert "ms" not in re.sub("<time>.*?</time>", "", said)


def helper(x):
    return x


def reads_an_attribute(x):
    return x.helper + abs(x)


def calls_it(x):
    return helper(x)


def test_a_helper_is_one_that_is_called_and_no_attribute_of_its_name():
    assert ladder._with_helpers(reads_an_attribute) == [reads_an_attribute]
    assert ladder._with_helpers(calls_it) == [calls_it, helper]


def test_without_an_example_tensors_are_drawn_by_the_annotation(plain_types):
    assert [one.name for one in show_ladder(attention).rungs][:2] == ["loops", "plain"]

    def odd(x, size: int):
        return x

    ladder.twins.odd = odd
    try:
        with pytest.raises(ConfigError, match="pass example="):
            show_ladder(odd)
    finally:
        del ladder.twins.odd


def test_what_has_one_form_alone_is_refused(plain_types):
    with pytest.raises(ConfigError, match="which has one form alone"):
        show_ladder(torch.nn.functional.relu)

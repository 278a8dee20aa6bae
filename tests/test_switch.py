"""The switch between plain and fast forms."""

import threading

import pytest
import torch
from torch import nn

from utils.switch import (
    FORMS,
    definition,
    fast_form,
    is_fast,
    plain_forms,
    replaceable,
    switched_on,
    would_be_fast,
)
from utils.tap import tap, watching


@replaceable
def double(x):
    """The definition."""
    return tap("twice", 2 * torch.as_tensor(x)), "plain"


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.part = nn.ReLU()

    @replaceable
    def forward(self, x):
        return self.part(x), double(x)[1]


@pytest.fixture(autouse=True)
def forms():
    fast_form(double, hides="twice")(lambda x: (x + x, "fast"))
    fast_form(Layer.forward)(lambda self, x: (x, "fast layer"))
    yield
    for function in (double, Layer.forward):
        del FORMS[f"{function.__module__}.{function.__qualname__}"]


def test_the_plain_form_runs_outside_and_the_fast_one_inside():
    assert double(1) == (2, "plain")
    with switched_on():
        assert is_fast()
        assert double(1) == (2, "fast")
        with switched_on():
            assert double(1) == (2, "fast")
        assert double(1) == (2, "fast")
        with plain_forms():
            assert not is_fast()
            assert double(1) == (2, "plain")
        assert double(1) == (2, "fast")
    assert not is_fast()
    assert double(1) == (2, "plain")


def test_the_definition_keeps_its_name_and_its_text():
    assert definition(double).__doc__ == double.__doc__ == "The definition."
    with switched_on():
        assert definition(double)(1) == (2, "plain")


def test_an_exception_turns_the_switch_back():
    with pytest.raises(ZeroDivisionError), switched_on():
        1 / 0  # noqa: B018
    assert double(1) == (2, "plain")


def test_the_switch_belongs_to_its_thread():
    seen, ready, done = [], threading.Event(), threading.Event()

    def other():
        with switched_on():
            ready.set()
            done.wait()
            seen.append(double(1))

    thread = threading.Thread(target=other)
    thread.start()
    ready.wait()
    seen.append(double(1))
    with switched_on():
        seen.append(double(1))
    done.set()
    thread.join()
    assert seen == [(2, "plain"), (2, "fast"), (2, "fast")]
    assert double(1) == (2, "plain")


def test_many_threads_turn_it_on_and_off():
    wrong = []

    def turn():
        for _ in range(300):
            with switched_on():
                wrong.extend([1] * (double(1)[1] != "fast"))
            wrong.extend([1] * (double(1)[1] != "plain"))

    threads = [threading.Thread(target=turn) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_form_that_hides_what_is_watched_does_not_run():
    class Place(nn.Module):
        def forward(self, x):
            seen_here.append(would_be_fast(double, (x,)))
            return double(x)

    seen_here: list[bool] = []
    place = Place()
    with switched_on():
        with watching(place, "twice") as seen:
            assert place(torch.ones(1))[1] == "plain"
        assert seen["twice"][0].item() == 2
        with watching(place, "something else"):
            assert place(torch.ones(1))[1] == "fast"
    assert seen_here == [False, True]


@pytest.mark.parametrize(
    "hook", ["forward", "forward_pre", "full_backward", "full_backward_pre", "global"]
)
def test_a_module_with_hooks_anywhere_runs_as_it_is_written(hook):
    layer, x = Layer(), torch.ones(2, requires_grad=True)
    with switched_on():
        assert layer(x)[1] == "fast layer"
        with watching(layer, "nothing"):
            assert layer(x)[1] == "fast layer"
        if hook == "global":
            handle = nn.modules.module.register_module_forward_hook(lambda *given: None)
        else:
            handle = getattr(layer.part, f"register_{hook}_hook")(lambda *given: None)
        assert layer(x)[1] == "fast"  # of the plain layer; `double` in it has no hooks
        handle.remove()
        assert layer(x)[1] == "fast layer"


def test_a_changed_definition_is_what_runs():
    """Autoreload puts the new function's attributes into the old one's place."""

    @replaceable
    def changed(x):
        return 3 * x, "changed"

    before = double.__wrapped__
    double.__wrapped__ = changed.__wrapped__
    try:
        assert double(1) == (3, "changed")
    finally:
        double.__wrapped__ = before


def test_the_plain_form_runs_in_a_transform():
    said = []

    def told(x):
        said.append(double(x)[1])
        return 2 * x

    x = torch.ones(3, 2)
    with switched_on():
        torch.func.vmap(told)(x)
        torch.func.grad(lambda x: told(x).sum())(x)
        torch.func.jvp(told, (x,), (x,))
        with torch.autograd.forward_ad.dual_level():
            told(x)
        assert said == 4 * ["plain"]
        told(x)
    assert said[4:] == ["fast"]


def test_what_was_entered_last_need_not_be_left_first():
    def made():
        with switched_on():
            yield double(1)[1]
        yield double(1)[1]

    generator = made()
    assert next(generator) == "fast"
    with switched_on():
        assert next(generator) == "fast"  # its own `with` has ended, this one lasts
        assert double(1) == (2, "fast")
        with plain_forms(), switched_on():
            assert double(1) == (2, "plain")  # who looks at every line wants plain ones
    assert double(1) == (2, "plain")
    assert not is_fast()


def test_as_a_decorator_and_through_an_exception():
    @switched_on()
    def answer(fail):
        if fail:
            raise KeyError(double(1)[1])
        return double(1)[1]

    assert answer(False) == "fast"
    with pytest.raises(KeyError, match="fast"):
        answer(True)
    assert double(1) == (2, "plain")

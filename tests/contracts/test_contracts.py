"""The annotation as the check: rules, room, conversions, what runs unchecked."""

import threading
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from jaxtyping import Float
from torch import Tensor, nn

from utils.contracts import (
    Positive,
    Size,
    check_fields,
    checked,
    fits_weights,
    holds,
    of_one_dtype,
    room,
)
from utils.contracts.signature import MOST_SEEN
from utils.errors import ConfigError, ShapeError
from utils.switch import switched_on

X = torch.zeros(2, 6)
divides = holds(
    lambda c, heads: c % heads == 0,
    "the heads divide the channels",
    mend=lambda c, heads: f"pass heads={c}",
    of="setting",
)


@checked(divides, room(lambda c, times: c * times, "many copies"))
def split(x: Float[Tensor, "b c"], *, heads: Positive = 2, size: Size = (1, 1), times: int = 1):
    """Heads of x."""
    return x, heads, size


def test_a_sound_call_runs_and_what_only_looks_different_is_converted():
    assert split(X)[1:] == (2, (1, 1))
    assert split(X, heads=3)[0] is X
    x, heads, size = split(np.zeros((2, 6), np.float32), heads=np.int64(3), size=[4, 5])
    assert isinstance(x, Tensor)
    assert (type(heads), size) == (int, (4, 5))
    assert split.__doc__ == "Heads of x."


@pytest.mark.parametrize("again", range(2), ids=["first", "known"])
def test_each_kind_of_refusal(again):
    with pytest.raises(ConfigError) as error:
        split(X, heads=4)
    assert str(error.value) == (
        "c = 6, heads = 4 came: the heads divide the channels; pass heads=6"
    )
    with pytest.raises(ShapeError, match=r"x\[None\] adds an axis"):
        split(X[0])
    with pytest.raises(ConfigError, match="heads is a whole number of at least 1"):
        split(X, heads=0)
    with pytest.raises(ShapeError) as error:
        split(X, times=10**9)
    assert str(error.value) == (
        "a call came that needs 22.4 GB for many copies: one tensor may take 2 GB; "
        "take a smaller map or window"
    )
    split(X)


def test_a_call_like_an_earlier_one_is_known_and_no_other():
    split.contract.seen.clear()
    for _ in range(3):
        split(X, heads=3)
        split(torch.ones(2, 6), heads=3)
    assert len(split.contract.seen) == 1
    for wrong in (True, 3.0, "3"):
        with pytest.raises(ConfigError):
            split(X, heads=wrong)
    with pytest.raises(ShapeError):
        split(X.long(), heads=3)
    assert len(split.contract.seen) == 1
    for width in range(1, MOST_SEEN + 10):
        split(torch.zeros(1, 2 * width))
    assert len(split.contract.seen) <= MOST_SEEN


def test_python_says_what_is_missing_or_unknown():
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        split()
    with pytest.raises(TypeError, match="unexpected keyword argument 'head'"):
        split(X, head=2)
    with pytest.raises(TypeError, match="takes 1 positional argument"):
        split(X, 2)


def test_a_rule_is_not_asked_about_what_was_left_out():
    asked = []

    @checked(holds(lambda bias: asked.append(bias) or True, "", mend=""))
    def f(x: Float[Tensor, "b c"], bias: Float[Tensor, " c"] | None = None):
        return x

    f(X)
    f(X, torch.zeros(6))
    assert asked[0] is None
    assert asked[1].shape == (6,)


def test_inside_of_fast_only_the_outermost_call_is_asked():
    calls = []

    @checked(lambda known: calls.append("inner"))
    def inner(x: Float[Tensor, "b c"]):
        return x

    @checked(lambda known: calls.append("outer"))
    def outer(x: Float[Tensor, "b c"]):
        return inner(x)

    outer(X)
    assert calls == ["outer", "inner"]
    calls.clear()
    with switched_on():
        outer(X)
        assert calls == ["outer"]
        with pytest.raises(ShapeError):
            outer(X[0])
        outer(X)  # the refused call has left
    assert calls == ["outer", "outer"]


def test_threads_do_not_hide_each_others_calls():
    refused = []

    def ask():
        for _ in range(200):
            with switched_on():
                try:
                    split(X[0])
                except ShapeError:
                    refused.append(1)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 800


def test_a_changed_contract_is_what_holds():
    """Autoreload puts the new function's attributes into the old one's place."""

    @checked()
    def f(x: Float[Tensor, "b c"]):
        return "old"

    @checked()
    def changed(x: Float[Tensor, " c"]):
        return "new"

    f(X)
    vars(f).update(vars(changed))
    assert f(X[0]) == "new"
    with pytest.raises(ShapeError):
        f(X)


def test_a_rule_may_look_at_the_module_each_time():
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.width = 6
            self.weight = nn.Parameter(torch.ones(6))

        @checked(
            holds(lambda self, c: c == self.width, "as wide", mend="widen it"), fits_weights("x")
        )
        def forward(self, x: Float[Tensor, "b c"]) -> Tensor:
            return x

    layer = Layer()
    layer(X)
    layer.width = 5
    with pytest.raises(ShapeError):
        layer(X)
    layer.width = 6
    with pytest.raises(ShapeError) as error:
        layer(X.double())
    assert str(error.value) == (
        "x of dtype float64 came: the weights of this Layer are float32; "
        "x.to(torch.float32) makes it so"
    )
    with torch.autocast("cpu", torch.bfloat16):
        layer(X.bfloat16())
    with pytest.raises(ShapeError, match="x came on meta, the Layer stands on cpu"):
        layer(X.to("meta"))


def test_tensors_of_one_dtype_unless_torch_brings_them_to_one():
    @checked(of_one_dtype("x", "y"))
    def f(x: Float[Tensor, "b c"], y: Float[Tensor, "b c"] | None = None):
        return "fine"

    assert f(X) == f(X, X) == "fine"
    with pytest.raises(ShapeError) as error:
        f(X, X.double())
    assert str(error.value) == (
        "x of float32, y of float64 came: all of them have one dtype; "
        ".to(torch.float32) brings the others to that of x"
    )
    with torch.autocast("cpu", torch.bfloat16):
        f(X, X.bfloat16())


def test_a_dataclass_is_held_to_its_fields():
    @dataclass(frozen=True)
    class Settings:
        depth: Positive = 2
        window: Size = (7, 7)

        def __post_init__(self):
            check_fields(self, holds(lambda depth: depth < 9, "fewer", mend="8", of="setting"))

    assert Settings(window=[3, 4]).window == (3, 4)
    for wrong in ({"depth": 0}, {"depth": "2"}, {"window": 7}, {"depth": 9}):
        with pytest.raises(ConfigError):
            Settings(**wrong)


def test_nothing_is_asked_while_torch_traces():
    @checked(holds(lambda c: c == 6, "six", mend="make it six"))
    def f(x: Float[Tensor, "b c"]) -> Tensor:
        return 2 * x

    traced = torch.jit.trace(f, X + 1)
    assert torch.equal(traced(torch.ones(2, 3)), torch.full((2, 3), 2.0))

"""What one annotation allows, what it converts, and what it says otherwise."""

import math
from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
import pytest
import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor

from utils.contracts import Positive, Size
from utils.contracts.annotations import key_of, spec_of
from utils.contracts.limits import AtLeast, Between, Floating
from utils.contracts.spec import Refusal, Sizes
from utils.errors import ConfigError, ShapeError

X = torch.zeros(2, 3)


def take(hint, value, name="x", sizes=None):
    return spec_of(hint).take(value, name, sizes or Sizes())


GOOD = [
    (Float[Tensor, "b c"], X, X),
    (Float[Tensor, "... c"], torch.zeros(3), torch.zeros(3)),
    (Float[Tensor, "*lead heads c"], torch.zeros(4, 2, 3), torch.zeros(4, 2, 3)),
    (Float[Tensor, "..."], torch.tensor(1.0), torch.tensor(1.0)),
    (Float[Tensor, "b xy"], torch.zeros(3, 2), torch.zeros(3, 2)),
    (Shaped[Tensor, "b c"], X.long(), X.long()),
    (Bool[Tensor, "b c"], X.bool(), X.bool()),
    (Float[Tensor, "b c"], np.zeros((2, 3), np.float32), X),
    (int, np.int64(3), 3),
    (float, 3, 3.0),
    (float, np.float32(0.5), 0.5),
    (bool, np.bool_(True), True),
    (Positive, 1, 1),
    (Annotated[float, Between(0, 1)], 0.25, 0.25),
    (Size, [3, 4], (3, 4)),
    (tuple[Positive, ...], [3, 4, 5], (3, 4, 5)),
    (tuple[Size, ...], [[3, 4]], ((3, 4),)),
    (list[int], [1, 2], [1, 2]),
    (Sequence[int], (1, 2), (1, 2)),
    (Literal["a", "b"], "b", "b"),
    (int | None, None, None),
    (float | Float[Tensor, "..."] | None, X, X),
    (torch.device | str | None, "cpu", torch.device("cpu")),
    (Annotated[torch.dtype, Floating()], torch.bfloat16, torch.bfloat16),
]


@pytest.mark.parametrize(("hint", "value", "taken"), GOOD, ids=range(len(GOOD)))
def test_what_fits_is_taken_and_converted(hint, value, taken):
    got = take(hint, value)
    assert type(got) is type(taken)
    assert torch.equal(got, taken) if isinstance(taken, Tensor) else got == taken


def test_what_fits_already_comes_back_itself():
    for hint, value in [(Size, (3, 4)), (Float[Tensor, "b c"], X), (tuple[Size, ...], ((3, 4),))]:
        assert take(hint, value) is value


F = Float[Tensor, "b c"]
OF_B_C = "x is a floating-point tensor (b, c)"
BAD = [
    (F, None, ShapeError, "x came as None", "x is a torch tensor (b, c)", "torch.as_tensor(x)"),
    (F, "no", ShapeError, "x came as a str", "x is a torch tensor (b, c)", "torch.as_tensor(x)"),
    (F, X[0], ShapeError, "x of shape (3,) and dtype float32 came", OF_B_C, "x[None] adds"),
    (F, X[None], ShapeError, "x of shape (1, 2, 3) and", OF_B_C, "x[0] takes the first"),
    (F, X[None, None], ShapeError, "x of shape (1, 1, 2, 3)", OF_B_C, "2 axes are needed"),
    (F, X.long(), ShapeError, "x of shape (2, 3) and dtype int64", OF_B_C, "x.float() makes it so"),
    (F, X.to(torch.float8_e5m2), ShapeError, "dtype float8_e5m2", OF_B_C, "x.float()"),
    (F, X[:0], ShapeError, "x of shape (0, 3)", OF_B_C, "give b at least one entry"),
    (F, X.to_sparse(), ShapeError, "x came as a torch.sparse_coo", "are dense", "x.to_dense()"),
    (Float[Tensor, "... c"], X[..., :0], ShapeError, "(2, 0)", "(..., c)", "give c at least one"),
    (Float[Tensor, "... c"], X[:0], ShapeError, "(0, 3)", "(..., c)", "give every axis at least"),
    (Float[Tensor, "b xy"], X, ShapeError, "(2, 3)", "(b, xy)", "the axis xy has 2 entries, not 3"),
    (Int[Tensor, "b c"], X, ShapeError, "float32", "a whole-number tensor", "x.long() makes"),
    (int, 1.0, ConfigError, "x = 1.0 came", "x is a whole number", "pass x=1, for example"),
    (int, True, ConfigError, "x = True came", "x is a whole number", "pass x=1"),
    (int, "7", ConfigError, "x = '7' came", "x is a whole number", "pass x=1"),
    (int, 10**30, ConfigError, "x = 1000", "x is a whole number below 2³¹", "pass x=1"),
    (Positive, 0, ConfigError, "x = 0 came", "x is a whole number of at least 1", "pass x=1"),
    (float, math.nan, ConfigError, "x = nan came", "x is a finite number", "pass x=1.0"),
    (float, math.inf, ConfigError, "x = inf came", "x is a finite number", "pass x=1.0"),
    (
        Annotated[float, AtLeast(0.5)], 0.25, ConfigError,
        "x = 0.25 came", "x is a finite number of at least 0.5", "pass x=1.0, for example",
    ),
    (
        Annotated[float, Between(0, 1)], 1.5, ConfigError,
        "x = 1.5 came", "x is a finite number from 0 to 1", "pass x=0.0, for example",
    ),
    (
        Size, 7, ConfigError, "x = 7 came",
        "x is two whole numbers of at least 1, (height, width)", "pass x=(7, 7), for example",
    ),
    (Size, (7, 0), ConfigError, "x = (7, 0) came", "x is two whole numbers of at", "pass x=(7, 7)"),
    (Size, (1, 2, 3), ConfigError, "x = (1, 2, 3) came", "x is two whole", "pass x=(7, 7)"),
    (tuple[Positive, ...], 3, ConfigError, "x = 3", "x is a tuple of whole", "pass x=(7, 7, 7)"),
    (
        tuple[Size, ...], ((1, 2), (0, 3)), ConfigError,
        "x[1] = (0, 3) came", "x[1] is two whole numbers of at least 1", "pass x[1]=(7, 7)",
    ),
    (list[int], 3, ConfigError, "x = 3 came", "x is a list", "pass [x]"),
    (list[int], [1, "a"], ConfigError, "x[1] = 'a' came", "x[1] is a whole", "pass x[1]=1"),
    (Literal["a", "b"], "c", ConfigError, "x = 'c' came", "x is one of a, b", "pass x='a'"),
    (bool, 1, ConfigError, "x = 1 came", "x is True or False", "pass a bool"),
    (str, 1, ConfigError, "x = 1 came", "x is a text", "pass a str"),
    (int | None, "a", ConfigError, "x = 'a' came", "x is a whole number", "pass x=1"),
    (float | F | None, X[0], ShapeError, "x of shape (3,)", OF_B_C, "x[None] adds"),
    (float | F | None, "a", ConfigError, "x = 'a' came", "x is a finite number", "pass x=1.0"),
    (torch.device | None, "mars", ConfigError, "x = 'mars' came", "a device of this", "leave it"),
    (torch.device | None, 10**30, ConfigError, "x = 1000", "a device of this", "leave it out"),
    (
        Annotated[torch.dtype, Floating()], torch.int64, ConfigError,
        "x = torch.int64 came", "x is float64, float32", "pass x=torch.float32",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("hint", "value", "kind", "came", "allowed", "mend"), BAD, ids=range(len(BAD))
)
def test_what_does_not_fit_is_refused_in_three_parts(hint, value, kind, came, allowed, mend):
    with pytest.raises(Refusal) as refused:
        take(hint, value)
    error = refused.value.error()
    assert type(error) is kind
    assert came in error.came
    assert allowed in error.allowed
    assert mend in error.mend


def test_axes_of_one_name_have_one_length_in_a_call():
    sizes = Sizes()
    take(Float[Tensor, "*lead b c"], torch.zeros(5, 2, 3), "x", sizes)
    assert sizes.axes == {"lead": (5,), "b": 2, "c": 3}
    with pytest.raises(Refusal) as refused:
        take(Float[Tensor, " c"], torch.zeros(4), "weight", sizes)
    assert refused.value.mend == "make c the same in both, it is 3 in x and 4 in weight"
    with pytest.raises(Refusal) as refused:
        take(Float[Tensor, "*lead c"], torch.zeros(6, 3), "y", sizes)
    assert "another argument has (5,)" in refused.value.mend


def test_all_tensors_of_a_call_stand_on_one_device():
    sizes = Sizes()
    take(F, X, "x", sizes)
    with pytest.raises(Refusal) as refused:
        take(F, X.to("meta"), "y", sizes)
    assert refused.value.came == "y came on meta, another argument on cpu"
    assert take(Float[Tensor, ""], torch.zeros((), device="meta"), "scale", sizes).ndim == 0


@pytest.mark.parametrize("hint", [object, Tensor, int | Tensor, None])
def test_nothing_is_asked_where_the_annotation_says_nothing(hint):
    assert spec_of(hint) is None


def test_a_text_that_cannot_be_printed_is_told_by_its_type():
    class Hostile:
        def __repr__(self):
            raise RuntimeError

    with pytest.raises(Refusal) as refused:
        take(int, Hostile())
    assert refused.value.came == "x = a Hostile came"


def test_keys_tell_apart_what_is_equal_but_not_the_same():
    values = [1, 1.0, True, (1, 1), (1, 1.0), X, X.double(), X.mT, X.to("meta"), None, "1"]
    keys = [key_of(value) for value in values]
    assert len(set(keys)) == len(values)
    assert key_of(X) == key_of(torch.ones(2, 3))
    assert key_of([1]) != key_of((1,))
    assert key_of({1}) is None
    assert key_of((1, [{2}])) is None

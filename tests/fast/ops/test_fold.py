"""Folding a scale and a shift into the matrix beside it."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from tests.ops.agree import draw as drawn
from utils.errors import ShapeError
from utils.fast.ops import fold_after, fold_before
from utils.reference import twins

biases = pytest.mark.parametrize("biased", [True, False], ids=["bias", "no bias"])
widths = st.integers(1, 6)


@biases
@given(out=widths, c=widths)
def test_folding_is_the_two_steps_in_one_and_equal_to_the_twin(biased, out, c):
    x, weight = drawn(3, c), drawn(out, c, seed=1)
    bias = drawn(out, seed=2) if biased else None
    after = {"scale": drawn(out, seed=3), "shift": drawn(out, seed=4)}
    before = {"scale": drawn(c, seed=5), "shift": drawn(c, seed=6)}
    product = functional.linear(x, weight, bias)
    assert torch.allclose(
        functional.linear(x, *fold_after(weight, bias, **after)),
        product * after["scale"] + after["shift"],
    )
    assert torch.allclose(
        functional.linear(x, *fold_before(weight, bias, **before)),
        functional.linear(x * before["scale"] + before["shift"], weight, bias),
    )
    for fold, twin, given_ in (
        (fold_after, twins.fold_after, after),
        (fold_before, twins.fold_before, before),
    ):
        for ours, theirs in zip(
            fold(weight, bias, **given_), twin(weight, bias, **given_), strict=True
        ):
            assert torch.allclose(ours, torch.from_numpy(theirs))


def test_folding_a_convolution():
    x, weight = drawn(1, 4, 6, 5), drawn(4, 1, 3, 3, seed=1)
    scale, shift = drawn(4, seed=2), drawn(4, seed=3)
    folded = functional.conv2d(x, *fold_after(weight, None, scale=scale, shift=shift), groups=4)
    plain = functional.conv2d(x, weight, groups=4) * scale[:, None, None] + shift[:, None, None]
    assert torch.allclose(folded, plain)


WRONG = [
    (
        lambda: fold_after(torch.zeros(3, 4), None, scale=torch.ones(4), shift=torch.ones(4)),
        "scale of shape (4,) and dtype float32 came: scale is a floating-point "
        "tensor (out); make out the same in both, it is 3 in weight and 4 in scale",
    ),
    (
        lambda: fold_before(torch.zeros(3, 4), None, scale=torch.ones(3), shift=torch.ones(3)),
        "scale of shape (3,) and dtype float32 came: scale is a floating-point "
        "tensor (c); make c the same in both, it is 4 in weight and 3 in scale",
    ),
]


@pytest.mark.parametrize(("call", "text"), WRONG)
def test_wrong_input_is_refused_with_the_remedy(plain_types, call, text):
    with pytest.raises(ShapeError) as error:
        call()
    assert str(error.value) == text

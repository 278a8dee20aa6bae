"""Pixels into channels and back, and operations band by band."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from utils.errors import ConfigError, ShapeError
from utils.ops import pixel_shuffle, pixel_unshuffle
from utils.reference import twins

sizes = st.integers(1, 5)


@given(h=sizes, w=sizes, c=sizes, factor=st.integers(1, 4))
def test_each_undoes_the_other_and_equals_its_twin(h, w, c, factor):
    x = torch.arange(2 * h * w * c * factor**2).reshape(2, h * factor, w * factor, c)
    small = pixel_unshuffle(x, factor=factor)
    assert small.shape == (2, h, w, c * factor**2)
    assert small.tolist() == twins.pixel_unshuffle(x, factor=factor).tolist()
    assert torch.equal(pixel_shuffle(small, factor=factor), x)
    assert pixel_shuffle(small, factor=factor).tolist() == (
        twins.pixel_shuffle(small, factor=factor).tolist()
    )


def test_the_order_is_torchs():
    x = torch.randn(2, 6, 4, 3)
    theirs = functional.pixel_unshuffle(x.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
    assert torch.equal(pixel_unshuffle(x, factor=2), theirs)


def test_a_gradient_goes_back_to_its_own_pixel():
    x = torch.randn(1, 4, 6, 2, requires_grad=True)
    weights = torch.arange(48.0).reshape(1, 2, 3, 8)
    (pixel_unshuffle(x, factor=2) * weights).sum().backward()
    assert torch.equal(x.grad, pixel_shuffle(weights, factor=2))


WRONG = [
    (
        lambda: pixel_unshuffle(torch.zeros(1, 5, 6, 1), factor=2),
        "a 5×6 map cannot be cut into 2×2 squares: the square's side must divide the "
        "map's; pad it to 6×6 first (pad_to_multiple does)",
    ),
    (
        lambda: pixel_shuffle(torch.zeros(1, 5, 6, 6), factor=2),
        "a map with 6 channels came for squares of 2×2: 2² = 4 divides the channels: each square "
        "takes so many; make 8 channels before",
    ),
    (
        lambda: pixel_shuffle(torch.zeros(1, 5, 6, 6), factor=0),
        "factor = 0 came: factor is a whole number of at least 1; pass factor=1, for example",
    ),
]


@pytest.mark.parametrize(("call", "text"), WRONG)
def test_wrong_input_is_refused_with_the_remedy(plain_types, call, text):
    with pytest.raises((ShapeError, ConfigError)) as error:
        call()
    assert str(error.value) == text

"""The cyclic shift."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from utils.errors import ShapeError
from utils.ops import cyclic_shift, cyclic_unshift
from utils.reference import twins

sides = st.integers(1, 6)
shifts = st.integers(0, 5)


def numbered(h, w, c):
    return torch.arange(2 * h * w * c).reshape(2, h, w, c)


@given(h=sides, w=sides, c=sides, dy=shifts, dx=shifts)
def test_unshift_undoes_shift(h, w, c, dy, dx):
    x = numbered(h, w, c)
    shifted = cyclic_shift(x, shift_size=(dy, dx))
    assert torch.equal(cyclic_unshift(shifted, shift_size=(dy, dx)), x)


@given(h=sides, w=sides)
def test_shift_zero_or_by_the_whole_map_is_no_shift(h, w):
    x = numbered(h, w, 3)
    assert torch.equal(cyclic_shift(x, shift_size=(0, 0)), x)
    assert torch.equal(cyclic_shift(x, shift_size=(h, w)), x)


@pytest.mark.parametrize("shift_size", [(1, 2), (2, 0), (0, 3), (3, 4)])
def test_equal_to_the_twin(shift_size):
    x = numbered(4, 5, 3)
    ours = cyclic_shift(x, shift_size=shift_size)
    assert ours.tolist() == twins.cyclic_shift(x, shift_size=shift_size).tolist()
    back = cyclic_unshift(x, shift_size=shift_size)
    assert back.tolist() == twins.cyclic_unshift(x, shift_size=shift_size).tolist()


def test_the_gradient_is_shifted_back():
    x = torch.zeros(2, 4, 5, 3, requires_grad=True)
    weight = numbered(4, 5, 3).float()
    (cyclic_shift(x, shift_size=(1, 2)) * weight).sum().backward()
    assert torch.equal(x.grad, cyclic_unshift(weight, shift_size=(1, 2)))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_the_dtype_stays(dtype):
    assert cyclic_shift(torch.ones(1, 4, 5, 3, dtype=dtype), shift_size=(1, 2)).dtype == dtype


def test_what_is_no_map_is_refused(plain_types):
    with pytest.raises(ShapeError) as error:
        cyclic_shift(torch.zeros(4, 5), shift_size=(1, 2))
    assert str(error.value) == (
        "x of shape (4, 5) and dtype float32 came: x is a tensor (b, h, w, c); 4 axes are needed, "
        "and 2 came: reshape it"
    )

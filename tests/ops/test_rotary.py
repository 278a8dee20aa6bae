"""Rotary position."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.ops.agree import assert_equal_to_the_twin, assert_same_on_cuda, draw
from utils import ops
from utils.errors import ConfigError
from utils.reference.twins import flow as twins

CASES = [([(2, 3, 5, 8)], {})]


@pytest.mark.parametrize(("shapes", "settings"), CASES)
def test_equal_to_the_twin_in_value_and_gradient(shapes, settings):
    assert_equal_to_the_twin(ops.rotate_by_place, twins.rotate_by_place, shapes, settings)


@given(dy=st.integers(0, 3), dx=st.integers(0, 3))
def test_turned_products_depend_on_the_offset_alone(dy, dx):
    q, k = draw(8), draw(8, seed=1)
    turned_q = ops.rotate_by_place(q.expand(1, 7, 6, 8).contiguous())[0]
    turned_k = ops.rotate_by_place(k.expand(1, 7, 6, 8).contiguous())[0]
    products = [turned_q[y, x] @ turned_k[y + dy, x + dx] for y in range(4) for x in range(3)]
    assert torch.allclose(torch.stack(products), products[0].expand(12))
    assert torch.allclose(turned_q.norm(dim=-1), q.norm().expand(7, 6))


X = torch.zeros(1, 4, 6, 8)
WRONG = [
    (
        lambda: ops.rotate_by_place(X[..., :6]),
        ConfigError,
        "6 channels came: the rotary position needs a multiple of 4: pairs for y and for x; pass "
        "the width of the features, 128 for GMFlow",
    ),
]


@pytest.mark.parametrize(("call", "kind", "text"), WRONG)
def test_wrong_input_is_refused_with_the_remedy(plain_types, call, kind, text):
    with pytest.raises(kind) as error:
        call()
    assert str(error.value) == text


@pytest.mark.gpu
@pytest.mark.parametrize(("shapes", "settings"), CASES)
def test_cuda_equals_cpu(shapes, settings):
    assert_same_on_cuda(ops.rotate_by_place, shapes, settings)

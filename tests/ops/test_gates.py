"""Squeeze and excite."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.ops.agree import draw as drawn
from utils.errors import ShapeError
from utils.ops import squeeze_excite_gates
from utils.reference import twins

widths = st.integers(1, 6)


@given(b=widths, c=widths, r=widths)
def test_gates_are_equal_to_the_twin_and_lie_between_0_and_1(b, c, r):
    means = drawn(b, c)
    layers = {
        "reduce": drawn(r, c, seed=1),
        "expand": drawn(c, r, seed=2),
        "reduce_bias": drawn(r, seed=3),
        "expand_bias": drawn(c, seed=4),
    }
    gates = squeeze_excite_gates(means, **layers)
    twin = torch.from_numpy(twins.squeeze_excite_gates(means, **layers))
    assert torch.allclose(gates, twin, rtol=0, atol=1e-12)
    assert ((gates > 0) & (gates < 1)).all()


def test_the_gradient_of_the_gates_is_the_derivative():
    inputs = [drawn(2, 3), drawn(4, 3, seed=1), drawn(3, 4, seed=2)]
    inputs = [x.requires_grad_() for x in inputs]

    def gates(means, reduce, expand):
        return squeeze_excite_gates(means, reduce=reduce, expand=expand)

    assert torch.autograd.gradcheck(gates, inputs)


def test_wrong_input_is_refused_with_the_remedy():
    with pytest.raises(ShapeError) as error:
        squeeze_excite_gates(torch.zeros(2, 4), reduce=torch.zeros(3, 4), expand=torch.zeros(3, 4))
    assert str(error.value) == (
        "expand of shape (3, 4) and dtype float32 came: expand is a floating-point tensor (c, r); "
        "make c the same in both, it is 4 in means and 3 in expand"
    )

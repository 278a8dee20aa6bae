"""The two kinds of LayerNorm."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from utils.errors import ShapeError
from utils.ops import layer_norm
from utils.reference import twins

sizes = st.integers(1, 5)


@pytest.mark.parametrize("biased", [True, False])
@given(h=sizes, w=sizes, c=st.integers(1, 6))
def test_layer_norm_equals_its_twin(biased, h, w, c):
    x = torch.randn(2, h, w, c, dtype=torch.float64) + 2
    weight, bias = torch.randn(2, c, dtype=torch.float64)
    bias = bias if biased else None
    ours = layer_norm(x, weight, bias, eps=1e-3)
    assert np.abs(ours.numpy() - twins.layer_norm(x, weight, bias, eps=1e-3)).max() < 1e-12


@pytest.mark.parametrize("biased", [True, False])
def test_layer_norm_learns(biased):
    x = torch.randn(2, 3, 5, dtype=torch.float64, requires_grad=True)
    given_ones = [
        torch.randn(5, dtype=torch.float64, requires_grad=True) for _ in range(1 + biased)
    ]
    assert torch.autograd.gradcheck(layer_norm, (x, *given_ones))


@given(shift=st.floats(-5, 5))
def test_only_the_norm_with_a_bias_forgets_how_bright_a_pixel_is(shift):
    x, one = torch.randn(3, 4, dtype=torch.float64), torch.ones(4, dtype=torch.float64)
    forgetful = layer_norm(x + shift, one, torch.zeros_like(one))
    torch.testing.assert_close(forgetful, layer_norm(x, one, torch.zeros_like(one)))
    moved = layer_norm(x + shift, one) - layer_norm(x, one)
    deviation = (x.var(dim=-1, correction=0, keepdim=True) + 1e-5).sqrt()
    torch.testing.assert_close(moved, (shift / deviation).expand_as(x))


def test_wrong_input_is_refused_with_the_remedy():
    with pytest.raises(ShapeError) as error:
        layer_norm(torch.zeros(2, 5), torch.ones(5), torch.ones(2))
    assert str(error.value) == (
        "bias of shape (2,) and dtype float32 came: bias is a floating-point tensor (c); "
        "make c the same in both, it is 5 in x and 2 in bias"
    )


@pytest.mark.gpu
def test_cuda_equals_cpu():
    x, weight = torch.randn(2, 3, 50, dtype=torch.float64), torch.rand(50, dtype=torch.float64)
    torch.testing.assert_close(layer_norm(x.cuda(), weight.cuda()).cpu(), layer_norm(x, weight))

"""A linear layer with its GELU."""

import sys

import pytest
import torch
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from utils.fast.ops import linear
from utils.fast.ops.linear import HAS_ONEDNN
from utils.reference import twins

gelus = pytest.mark.parametrize("gelu", [None, "none", "tanh"])
biases = pytest.mark.parametrize("biased", [True, False], ids=["bias", "no bias"])
widths = st.integers(1, 6)


def drawn(*shape, dtype=torch.float64, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(dtype)


@gelus
@biases
def test_linear_is_equal_to_the_twin(gelu, biased):
    x, weight = drawn(2, 3, 5), drawn(7, 5, seed=1)
    bias = drawn(7, seed=2) if biased else None
    twin = torch.from_numpy(twins.linear(x, weight, bias, gelu=gelu))
    assert torch.allclose(linear(x, weight, bias, gelu=gelu), twin, rtol=0, atol=1e-12)


@gelus
@biases
@pytest.mark.parametrize("lead", [(), (3,), (2, 3, 4, 2), (1, 0)])
def test_one_kernel_and_two_operations_are_equal(gelu, biased, lead):
    x, weight = drawn(*lead, 10, dtype=torch.float32)[..., ::2], drawn(7, 5, dtype=torch.float32)
    bias = drawn(7, dtype=torch.float32, seed=2) if biased else None
    two = linear(x, weight.requires_grad_(), bias, gelu=gelu)
    with torch.no_grad():
        one = linear(x, weight, bias, gelu=gelu)
    assert one.shape == two.shape == (*lead, 7)
    torch.testing.assert_close(one, two.detach(), rtol=1e-5, atol=1e-6)


@pytest.mark.skipif(not HAS_ONEDNN, reason="this torch has no oneDNN kernel for it")
def test_the_one_kernel_runs_only_where_it_may(monkeypatch):
    calls = []
    # the package shows the function under the module's name
    module = sys.modules["utils.fast.ops.linear"]
    monkeypatch.setattr(module, "_joined", lambda *a: calls.append(a) or a[0])
    x, weight = torch.zeros(2, 5), torch.zeros(5, 5)
    linear(x, weight)  # gradients are on
    with torch.no_grad():
        linear(x.double(), weight.double())
        with torch.autocast("cpu"):
            linear(x, weight)
        with FlopCounterMode(display=False) as counter:
            linear(x, weight)
        assert counter.get_total_flops() == 2 * 2 * 5 * 5
        assert calls == []
        linear(x, weight)
    assert len(calls) == 1


@gelus
def test_the_gradient_of_linear_is_the_derivative(gelu):
    inputs = [drawn(2, 3).requires_grad_(), drawn(4, 3, seed=1).requires_grad_()]
    inputs.append(drawn(4, seed=2).requires_grad_())
    assert torch.autograd.gradcheck(lambda x, w, b: linear(x, w, b, gelu=gelu), inputs)


@pytest.mark.gpu
@gelus
def test_cuda_equals_cpu(gelu):
    x, weight, bias = (drawn(*s) for s in [(2, 3, 5), (7, 5), (7,)])
    cuda = linear(x.cuda(), weight.cuda(), bias.cuda(), gelu=gelu).cpu()
    assert torch.allclose(cuda, linear(x, weight, bias, gelu=gelu))

"""A linear layer with its GELU, squeeze-excite, and folding."""

import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from utils.errors import ShapeError
from utils.ops import fold_after, fold_before, linear, squeeze_excite_gates
from utils.ops.linear import HAS_ONEDNN
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
    module = sys.modules["utils.ops.linear"]
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
        lambda: squeeze_excite_gates(
            torch.zeros(2, 4), reduce=torch.zeros(3, 4), expand=torch.zeros(3, 4)
        ),
        "means of 4 channels, matrices (3, 4) and (3, 4) came: for c channels they are (r, c) and "
        "(c, r); pass the weight of each linear layer as it is: (out, in)",
    ),
    (
        lambda: fold_after(torch.zeros(3, 4), None, scale=torch.ones(4), shift=torch.ones(4)),
        "a scale of shape (4,) came for a layer with 3 channels out: there is one scale and one "
        "shift per channel; fold_after takes the layer's output channels, fold_before its input "
        "channels",
    ),
    (
        lambda: fold_before(torch.zeros(3, 4), None, scale=torch.ones(3), shift=torch.ones(3)),
        "a scale of shape (3,) came for a layer with 4 channels in: there is one scale and one "
        "shift per channel; fold_after takes the layer's output channels, fold_before its input "
        "channels",
    ),
]


@pytest.mark.parametrize(("call", "text"), WRONG)
def test_wrong_input_is_refused_with_the_remedy(plain_types, call, text):
    with pytest.raises(ShapeError) as error:
        call()
    assert str(error.value) == text


@pytest.mark.gpu
@gelus
def test_cuda_equals_cpu(gelu):
    x, weight, bias = (drawn(*s) for s in [(2, 3, 5), (7, 5), (7,)])
    cuda = linear(x.cuda(), weight.cuda(), bias.cuda(), gelu=gelu).cpu()
    assert torch.allclose(cuda, linear(x, weight, bias, gelu=gelu))

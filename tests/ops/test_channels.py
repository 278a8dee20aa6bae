"""Attention across channels, and the gate."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from utils.errors import ShapeError
from utils.ops import channel_attention, channel_gate
from utils.reference import twins
from utils.tap import watching

sizes = st.integers(1, 5)


class Attend(nn.Module):
    def forward(self, q, k, v, temperature):
        return channel_attention(q, k, v, temperature=temperature)


def qkv(*shape):
    return [torch.randn(*shape, dtype=torch.float64) for _ in range(3)]


@given(heads=sizes, d=sizes, n=st.integers(1, 20))
def test_the_matrix_is_as_large_as_the_channels_and_its_rows_sum_to_one(heads, d, n):
    model = Attend()
    with watching(model, "weights") as seen:
        model(*qkv(2, heads, d, n), torch.rand(heads, dtype=torch.float64))
    (weights,) = seen["weights"]
    assert weights.shape == (2, heads, d, d)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2, heads, d, dtype=torch.float64))


@given(factor=st.floats(0.01, 100))
def test_a_brighter_query_or_key_changes_nothing(factor):
    q, k, v = qkv(1, 2, 3, 7)
    temperature = torch.tensor([0.5, 2.0], dtype=torch.float64)
    out = channel_attention(q, k, v, temperature=temperature)
    torch.testing.assert_close(channel_attention(q * factor, k, v, temperature=temperature), out)
    torch.testing.assert_close(channel_attention(q, k * factor, v, temperature=temperature), out)


def test_the_order_of_the_pixels_does_not_matter():
    q, k, v = qkv(1, 2, 3, 7)
    order = torch.randperm(7)
    temperature = torch.ones(2, dtype=torch.float64)
    out = channel_attention(q, k, v, temperature=temperature)
    moved = channel_attention(*(x[..., order] for x in (q, k, v)), temperature=temperature)
    torch.testing.assert_close(moved, out[..., order])


def test_temperature_zero_mixes_all_channels_alike():
    q, k, v = qkv(1, 2, 3, 7)
    out = channel_attention(q, k, v, temperature=torch.zeros(2, dtype=torch.float64))
    torch.testing.assert_close(out, v.mean(dim=2, keepdim=True).expand_as(v))


def test_channel_attention_equals_its_twin_and_finite_differences():
    q, k, v = (x.requires_grad_() for x in qkv(2, 3, 4, 5))
    temperature = torch.tensor([0.3, 1.0, 4.0], dtype=torch.float64, requires_grad=True)
    out = channel_attention(q, k, v, temperature=temperature)
    plain = [x.detach().numpy() for x in (q, k, v)]
    theirs = twins.channel_attention(*plain, temperature=temperature.tolist())
    assert np.abs(out.detach().numpy() - theirs).max() < 1e-13
    assert torch.autograd.gradcheck(
        lambda q, k, v, t: channel_attention(q, k, v, temperature=t), (q, k, v, temperature)
    )


def test_a_black_channel_has_neither_infinite_weights_nor_gradients():
    q, k, v = qkv(1, 1, 3, 7)
    q[:, :, 1] = 0
    q.requires_grad_()
    out = channel_attention(q, k, v, temperature=torch.ones(1, dtype=torch.float64))
    out.square().sum().backward()
    torch.testing.assert_close(out[0, 0, 1].detach(), v[0, 0].mean(0))
    assert q.grad.isfinite().all()


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 5e-2)])
def test_every_dtype(dtype, tolerance):
    q, k, v = qkv(2, 3, 4, 50)
    exact = channel_attention(q, k, v, temperature=torch.ones(3, dtype=torch.float64))
    low = (x.to(dtype) for x in (q, k, v))
    out = channel_attention(*low, temperature=torch.ones(3, dtype=dtype))
    assert out.dtype == dtype
    assert (out.double() - exact).abs().max() < tolerance


@given(h=sizes, w=sizes, c=sizes)
def test_the_gate_equals_its_twin(h, w, c):
    x = 3 * torch.randn(2, h, w, 2 * c, dtype=torch.float64)
    assert np.abs(channel_gate(x).numpy() - twins.channel_gate(x)).max() < 1e-14


def test_the_gate_learns_and_can_be_watched():
    x = torch.randn(2, 3, 8, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(channel_gate, x)

    class Gate(nn.Module):
        def forward(self, x):
            return channel_gate(x)

    model = Gate()
    with watching(model, "gate") as seen:
        out = model(x)
    torch.testing.assert_close(seen["gate"][0] * x[..., 4:], out)


WRONG = [
    (
        lambda: channel_attention(*[torch.zeros(1, 2, 3, 4)] * 3, temperature=torch.ones(3)),
        "temperature of shape (3,) and dtype float32 came: temperature is a "
        "floating-point tensor (heads); make heads the same in both, it is 2 in q "
        "and 3 in temperature",
    ),
    (
        lambda: channel_gate(torch.zeros(2, 5)),
        "5 channels came: the gate takes an even number: one half opens for the other; "
        "make twice the channels that shall come out",
    ),
]


@pytest.mark.parametrize(("call", "text"), WRONG)
def test_wrong_input_is_refused_with_the_remedy(plain_types, call, text):
    with pytest.raises(ShapeError) as error:
        call()
    assert str(error.value) == text


@pytest.mark.gpu
def test_cuda_equals_cpu():
    q, k, v = qkv(2, 3, 4, 50)
    temperature = torch.rand(3, dtype=torch.float64)
    out = channel_attention(q, k, v, temperature=temperature)
    moved = channel_attention(q.cuda(), k.cuda(), v.cuda(), temperature=temperature.cuda())
    torch.testing.assert_close(moved.cpu(), out)
    torch.testing.assert_close(channel_gate(q.cuda()).cpu(), channel_gate(q))

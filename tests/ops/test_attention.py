"""The one attention: its laws, its two computations, its twin."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from utils.errors import ShapeError
from utils.ops import attention, shift_mask
from utils.fast.ops.attention import PLAIN_KEYS
from utils.reference import twins
from utils.tap import watching

sizes = st.integers(1, 6)
MANY = PLAIN_KEYS + 9  # keys enough for the fused computation


def qkv(*lead, i=4, j=5, d=3, e=3, dtype=torch.float64):
    return (
        torch.randn(*lead, i, d, dtype=dtype),
        torch.randn(*lead, j, d, dtype=dtype),
        torch.randn(*lead, j, e, dtype=dtype),
    )


class Attend(nn.Module):
    def forward(self, q, k, v, bias=None, scale=None):
        return attention(q, k, v, bias=bias, scale=scale)


@given(heads=sizes, i=sizes, j=sizes, d=sizes)
def test_every_row_of_weights_sums_to_one(heads, i, j, d):
    q, k, v = qkv(2, heads, i=i, j=j, d=d)
    model = Attend()
    with watching(model, "weights") as seen:
        model(q, k, v, torch.randn(heads, i, j, dtype=torch.float64))
    (weights,) = seen["weights"]
    assert weights.shape == (2, heads, i, j)
    assert (weights >= 0).all()
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2, heads, i, dtype=torch.float64))


BIAS_SHAPES = {
    "none": None,
    "full": (2, 3, 4, MANY),
    "one for all windows": (3, 4, MANY),
    "one for all heads": (2, 1, 4, MANY),
    "one row": (MANY,),
}


@pytest.mark.parametrize("e", [7, 2, 12], ids=["as wide", "narrower", "wider"])
@pytest.mark.parametrize("shape", BIAS_SHAPES.values(), ids=BIAS_SHAPES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 2e-6)])
def test_fused_is_plain(e, shape, dtype, tolerance):
    q, k, v = (x.requires_grad_() for x in qkv(2, 3, i=4, j=MANY, d=7, e=e, dtype=dtype))
    bias = None if shape is None else torch.randn(shape, dtype=dtype)
    results = []
    for compute in (_plain, _fused):
        out = compute(q, k, v, bias, 0.3)
        results.append([out, *torch.autograd.grad(out.square().sum(), (q, k, v))])
    assert results[0][0].shape == (2, 3, 4, e)
    for plain, fused in zip(*results, strict=True):
        torch.testing.assert_close(fused, plain, rtol=tolerance, atol=tolerance * 10)


def test_fused_is_plain_with_five_leading_axes_and_a_mask_per_window():
    mask = shift_mask((24, 18), window_size=(8, 9), shift_size=(4, 4), dtype=torch.float64)
    q, k, v = qkv(2, 3, 2, 5, i=72, j=72, d=4)
    bias = mask[:, :, None]
    out = attention(q, k, v, bias=bias)
    torch.testing.assert_close(out, _plain(q, k, v, bias, None))


@pytest.mark.parametrize("j", [5, MANY], ids=["plain", "fused"])
@pytest.mark.parametrize("scale", [None, 0.7])
@pytest.mark.parametrize("biased", [False, True])
def test_equal_to_the_twin(j, scale, biased):
    q, k, v = qkv(2, 3, i=4, j=j, d=6, e=5)
    bias = torch.randn(3, 4, j, dtype=torch.float64) if biased else None
    ours = attention(q, k, v, bias=bias, scale=scale)
    theirs = twins.attention(q, k, v, bias=bias, scale=scale)
    assert np.abs(ours.numpy() - theirs).max() < 1e-12


def test_a_learned_scale_per_head_and_its_gradient():
    q, k, v = qkv(2, 3, i=4, j=MANY, d=6, e=5)
    temperature = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)[:, None, None]
    out = attention(q, k, v, scale=temperature.requires_grad_())
    theirs = twins.attention(q, k, v, scale=temperature.detach())
    assert np.abs(out.detach().numpy() - theirs).max() < 1e-12
    assert torch.autograd.gradcheck(
        lambda t: attention(q, k, v, scale=t), temperature, fast_mode=True
    )


@pytest.mark.parametrize("j", [5, MANY], ids=["plain", "fused"])
def test_gradients_are_those_of_finite_differences(j):
    q, k, v = (x.requires_grad_() for x in qkv(2, 3, i=4, j=j, d=6, e=2))
    bias = torch.randn(3, 4, j, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda *x: attention(*x, bias=bias), (q, k, v), fast_mode=True)


@pytest.mark.parametrize("j", [5, MANY], ids=["plain", "fused"])
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-13), (torch.float32, 1e-5), (torch.bfloat16, 5e-2)]
)
def test_every_dtype(j, dtype, tolerance):
    q, k, v = qkv(2, 3, i=4, j=j, d=6, e=5)
    exact = _plain(q, k, v, None, None)
    out = attention(q.to(dtype), k.to(dtype), v.to(dtype))
    assert out.dtype == dtype
    assert (out.double() - exact).abs().max() < tolerance


def test_watched_and_unwatched_are_equal():
    model = Attend()
    q, k, v = qkv(2, 3, i=4, j=MANY, d=6, e=5)
    unwatched = model(q, k, v)
    with watching(model) as seen:
        watched = model(q, k, v)
    torch.testing.assert_close(watched, unwatched)
    assert np.abs(seen["weights"][0].numpy() - twins.attention_weights(q, k)).max() < 1e-13


def test_a_forbidden_key_weighs_nothing():
    q, k, v = qkv(1, i=2, j=3)
    bias = torch.tensor([0.0, -100.0, 0.0], dtype=torch.float64)
    changed = v.clone()
    changed[:, 1] += 1e6
    difference = attention(q, k, v, bias=bias) - attention(q, k, changed, bias=bias)
    assert difference.abs().max() < 1e-30 * 1e6


WRONG = [
    (
        lambda: attention(torch.zeros(4, 3), torch.zeros(5, 3), torch.zeros(5, 3)),
        "q, k, v of shapes (4, 3), (5, 3), (5, 3) came: each has at least three axes: "
        "(..., heads, tokens, channels per head); add a heads axis of 1: q[..., None, :, :]",
    ),
    *(
        (
            lambda q=q, k=k, v=v: attention(torch.zeros(q), torch.zeros(k), torch.zeros(v)),
            f"q, k, v of shapes {q}, {k}, {v} came: q and k agree in channels, k and v in "
            "tokens, all in what stands before; split the heads in all three with the same pattern",
        )
        for q, k, v in [
            ((2, 4, 3), (2, 5, 6), (2, 5, 3)),
            ((2, 4, 3), (2, 5, 3), (2, 4, 3)),
            ((1, 4, 3), (2, 5, 3), (2, 5, 3)),
        ]
    ),
    (
        lambda: attention(*qkv(2)[:2], qkv(2, dtype=torch.float32)[2]),
        "q, k, v of dtypes torch.float64, torch.float64, torch.float32 came: "
        "all three have one floating-point dtype; call .float() on each",
    ),
    (
        lambda: attention(*(x.long() for x in qkv(2))),
        "q, k, v of dtypes torch.int64, torch.int64, torch.int64 came: "
        "all three have one floating-point dtype; call .float() on each",
    ),
]


@pytest.mark.parametrize(("call", "text"), WRONG)
def test_wrong_input_is_refused_with_the_remedy(plain_types, call, text):
    with pytest.raises(ShapeError) as error:
        call()
    assert str(error.value) == text

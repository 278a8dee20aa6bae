"""The one attention: its laws, its twin."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from utils.errors import ShapeError
from utils.ops import attention
from utils.reference import twins
from utils.tap import watching

sizes = st.integers(1, 6)
MANY = 25


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


@pytest.mark.parametrize("j", [5, MANY], ids=["few", "many"])
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


@pytest.mark.parametrize("j", [5, MANY], ids=["few", "many"])
def test_gradients_are_those_of_finite_differences(j):
    q, k, v = (x.requires_grad_() for x in qkv(2, 3, i=4, j=j, d=6, e=2))
    bias = torch.randn(3, 4, j, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda *x: attention(*x, bias=bias), (q, k, v), fast_mode=True)


@pytest.mark.parametrize("j", [5, MANY], ids=["few", "many"])
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-13), (torch.float32, 1e-5), (torch.bfloat16, 5e-2)]
)
def test_every_dtype(j, dtype, tolerance):
    q, k, v = qkv(2, 3, i=4, j=j, d=6, e=5)
    exact = attention(q, k, v)
    out = attention(q.to(dtype), k.to(dtype), v.to(dtype))
    assert out.dtype == dtype
    assert (out.double() - exact).abs().max() < tolerance


def test_scores_and_weights_can_be_watched():
    model = Attend()
    q, k, v = qkv(2, 3, i=4, j=MANY, d=6, e=5)
    with watching(model) as seen:
        model(q, k, v)
    assert np.abs(seen["weights"][0].numpy() - twins.attention_weights(q, k)).max() < 1e-13
    torch.testing.assert_close(seen["scores"][0], q @ k.mT / 6**0.5)


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
        "q of shape (4, 3) and dtype float32 came: q is a floating-point tensor (..., heads, i, d)"
        "; q[None] adds an axis in front, q[..., None] one at the end",
    ),
    (
        lambda: attention(torch.zeros(2, 4, 3), torch.zeros(2, 5, 6), torch.zeros(2, 5, 3)),
        "k of shape (2, 5, 6) and dtype float32 came: k is a floating-point tensor "
        "(..., heads, j, d); make d the same in both, it is 3 in q and 6 in k",
    ),
    (
        lambda: attention(torch.zeros(2, 4, 3), torch.zeros(2, 5, 3), torch.zeros(2, 4, 3)),
        "v of shape (2, 4, 3) and dtype float32 came: v is a floating-point tensor "
        "(..., heads, j, e); make j the same in both, it is 5 in k and 4 in v",
    ),
    (
        lambda: attention(
            torch.zeros(7, 1, 4, 3), torch.zeros(2, 1, 5, 3), torch.zeros(2, 1, 5, 3)
        ),
        "k of shape (2, 1, 5, 3) and dtype float32 came: k is a floating-point tensor "
        "(..., heads, j, d); make the axes in front the same, another argument has (7,)",
    ),
    (
        lambda: attention(*qkv(2)[:2], qkv(2, dtype=torch.float32)[2]),
        "q, k, v of dtypes torch.float64, torch.float64, torch.float32 came: "
        "all three have one floating-point dtype; call .float() on each",
    ),
    (
        lambda: attention(*(x.long() for x in qkv(2))),
        "q of shape (2, 4, 3) and dtype int64 came: q is a floating-point tensor "
        "(..., heads, i, d); q.float() makes it so",
    ),
    (
        lambda: attention(*qkv(2), bias=torch.zeros(3, 4, 5)),
        "bias = (3, 4, 5), lead = (), heads = 2, i = 4, j = 5 came: the bias broadcasts against "
        "the scores, (..., heads, i, j); give it one entry per head, query and key, or 1 where it "
        "is the same for all",
    ),
    (
        lambda: attention(*[torch.zeros(1, 40_000, 2)] * 3),
        "a call came that needs 6.0 GB for the weights of all queries and keys: one tensor may "
        "take 2 GB; `with fast():` (from utils.fast import fast) does without it",
    ),
]


@pytest.mark.parametrize(("call", "text"), WRONG)
def test_wrong_input_is_refused_with_the_remedy(call, text):
    with pytest.raises(ShapeError) as error:
        call()
    assert str(error.value) == text

"""An answer that makes what the exercise is about doing without is told so."""

import pytest
import torch
from torch.nn import functional

from utils.checks import all_exercises, judge
from utils.checks.largest import Largest

EXERCISE = all_exercises()["attend_portions"]


def whole_matrix(q, k, v, portion):
    return (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1) @ v


def whole_at_last(q, k, v, portion):
    scores = torch.cat([q @ some.mT for some in k.split(portion, -2)], -1)
    return (scores / q.shape[-1] ** 0.5).softmax(-1) @ v


def by_broadcasting(q, k, v, portion):
    scores = (q[..., :, None, :] * k[..., None, :, :]).sum(-1) * q.shape[-1] ** -0.5
    return (scores.softmax(-1)[..., None] * v[..., None, :, :]).sum(-2)


@pytest.mark.parametrize("answer", [whole_matrix, whole_at_last, by_broadcasting])
def test_the_matrix_is_seen(answer):
    verdict = judge(EXERCISE, answer, whole=False)
    assert (verdict.kind, verdict.probe) == ("wrong", "conduct")
    assert "The result is right, but: a tensor of" in verdict.lines[0]


def test_torch_s_own_attention_is_not_the_answer():
    def fused(q, k, v, portion):
        return functional.scaled_dot_product_attention(q, k, v)

    verdict = judge(EXERCISE, fused, whole=False)
    assert verdict.kind == "wrong"
    assert "torch's own fused attention" in verdict.lines[0]


def test_a_view_costs_nothing_and_a_copy_does():
    x = torch.zeros(5, 1)
    with Largest() as made:
        y = x.expand(5, 7)
    assert made.numbers == 5
    with Largest() as made:
        y.contiguous()
    assert made.numbers == 35

"""Warping, and what is seen in one frame alone."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.ops.agree import F64, assert_equal_to_the_twin, assert_same_on_cuda, draw
from utils import ops
from utils.errors import ShapeError
from utils.reference.twins import flow as twins

CASES = [([(2, 4, 5, 3), (2, 4, 5, 2)], {})]


@pytest.mark.parametrize(("shapes", "settings"), CASES)
def test_equal_to_the_twin_in_value_and_gradient(shapes, settings):
    assert_equal_to_the_twin(ops.warp, twins.warp, shapes, settings)


@given(h=st.integers(1, 7), w=st.integers(1, 7))
def test_laws_of_warping(h, w):
    x = draw(2, h, w, 3)
    still = torch.zeros(2, h, w, 2, dtype=F64)
    assert torch.allclose(ops.warp(x, still), x, atol=1e-12)
    gone = ops.warp(x, still + max(h, w))
    assert torch.equal(gone, torch.zeros_like(gone))
    right = still + torch.tensor([1.0, 0.0], dtype=F64)
    assert torch.allclose(ops.warp(x, right)[:, :, :-1], x[:, :, 1:], atol=1e-12)
    assert not ops.occluded(still, still).any()
    # who goes right and comes back left is seen again, but for the last column
    assert ops.occluded(right, -right)[:, :, -1].all()
    assert not ops.occluded(right, -right)[:, :, :-1].any()


def test_the_occlusion_threshold_grows_with_the_motion():
    forward = torch.tensor([4.0, 0.0]).expand(1, 1, 9, 2)
    backward = torch.tensor([-3.4, 0.0]).expand(1, 1, 9, 2)
    assert torch.allclose(
        ops.forward_backward_error(forward, backward)[0, 0, :5], torch.tensor(0.6)
    )
    assert ops.occluded(forward, backward)[0, 0, 0]  # 0.6 > 0.01 · 7.4 + 0.5
    assert not ops.occluded(forward, backward, alpha=0.1)[0, 0, 0]
    assert not ops.occluded(forward, backward, beta=0.7)[0, 0, 0]


X = torch.zeros(1, 4, 6, 8)
WRONG = [
    (
        lambda: ops.warp(X, X),
        ShapeError,
        "flow of shape (1, 4, 6, 8) and dtype float32 came: flow is a floating-point "
        "tensor (b, h, w, xy); the axis xy has 2 entries, not 8",
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
    assert_same_on_cuda(ops.warp, shapes, settings)

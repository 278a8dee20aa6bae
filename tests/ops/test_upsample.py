"""From a coarse flow to a fine one."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.ops.agree import F64, assert_equal_to_the_twin, assert_same_on_cuda, draw
from utils import ops
from utils.errors import ConfigError, ShapeError
from utils.reference.twins import flow as twins

CASES = [
    ("upsample_flow", [(2, 3, 4, 2)], {"factor": 3}),
    ("convex_upsample", [(2, 3, 4, 2), (2, 3, 4, 36)], {"factor": 2}),
]


@pytest.mark.parametrize(("name", "shapes", "settings"), CASES)
def test_equal_to_the_twin_in_value_and_gradient(name, shapes, settings):
    assert_equal_to_the_twin(getattr(ops, name), getattr(twins, name), shapes, settings)


@given(factor=st.integers(1, 5), h=st.integers(2, 5), w=st.integers(2, 5))
def test_laws_of_upsampling(factor, h, w):
    even = torch.ones(1, h, w, 2, dtype=F64)
    fine = ops.upsample_flow(even, factor=factor)
    assert torch.allclose(fine, torch.full_like(fine, factor))
    flow = draw(1, h, w, 2)
    logits = torch.full((1, h, w, 9, factor**2), -200.0, dtype=F64)
    logits[..., 4, :] = 200.0  # all trust in the middle cell
    nearest = ops.convex_upsample(flow, logits.flatten(3), factor=factor)
    blown = flow.repeat_interleave(factor, 1).repeat_interleave(factor, 2)
    assert torch.allclose(nearest, factor * blown)
    mixed = ops.convex_upsample(flow, draw(1, h, w, 9 * factor**2), factor=factor)
    assert mixed.abs().max() <= factor * flow.abs().max() + 1e-9


X = torch.zeros(1, 4, 6, 8)
WRONG = [
    (
        lambda: ops.upsample_flow(X[..., :2], factor=0),
        ConfigError,
        "factor = 0 came: factor is a whole number of at least 1; pass factor=1, for example",
    ),
    (
        lambda: ops.convex_upsample(X[..., :2], X, factor=2),
        ShapeError,
        "logits of 8 channels came for factor=2: the logits have 9 · 2² = 36 "
        "channels; let the layer before make 9 · factor² channels",
    ),
]


@pytest.mark.parametrize(("call", "kind", "text"), WRONG)
def test_wrong_input_is_refused_with_the_remedy(plain_types, call, kind, text):
    with pytest.raises(kind) as error:
        call()
    assert str(error.value) == text


@pytest.mark.gpu
@pytest.mark.parametrize(("name", "shapes", "settings"), CASES)
def test_cuda_equals_cpu(name, shapes, settings):
    assert_same_on_cuda(getattr(ops, name), shapes, settings)

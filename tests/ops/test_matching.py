"""Matching two frames."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.ops.agree import F64, assert_equal_to_the_twin, assert_same_on_cuda, draw
from utils import ops
from utils.errors import ShapeError
from utils.reference.twins import flow as twins

CASES = [
    ("match_globally", [(2, 3, 4, 5), (2, 3, 4, 5)], {}),
    ("match_locally", [(1, 3, 5, 3), (1, 3, 5, 3)], {"radius": 1}),
    ("match_locally", [(1, 9, 11, 3), (1, 9, 11, 3)], {"radius": 2}),
    ("match_locally", [(1, 10, 6, 3), (1, 10, 6, 3)], {"radius": 4}),
]


@pytest.mark.parametrize(("name", "shapes", "settings"), CASES)
def test_equal_to_the_twin_in_value_and_gradient(name, shapes, settings):
    assert_equal_to_the_twin(getattr(ops, name), getattr(twins, name), shapes, settings)


@given(h=st.integers(1, 12), w=st.integers(1, 12), radius=st.integers(1, 3))
def test_a_radius_that_reaches_everywhere_is_global(h, w, radius):
    feature0, feature1 = draw(1, h, w, 4), draw(1, h, w, 4, seed=1)
    local = ops.match_locally(feature0, feature1, radius=max(h, w))
    whole = ops.match_globally(feature0, feature1)
    assert torch.allclose(local, whole, rtol=0, atol=1e-11)
    near = ops.match_locally(feature0, feature1, radius=radius)
    assert near.abs().max() <= radius + 1e-9


@given(h=st.integers(1, 9), w=st.integers(1, 9), b=st.integers(1, 2))
def test_one_row_of_the_matching_gives_its_flow(h, w, b):
    feature0, feature1 = draw(b, h, w, 4, scale=2), draw(b, h, w, 4, seed=1, scale=2)
    flow = ops.match_globally(feature0, feature1)
    at = (h // 2, w // 3)
    probability = ops.match_probability(feature0, feature1, at=at)
    assert torch.allclose(probability.sum((1, 2)), torch.ones(b, dtype=F64))
    places = ops.coordinates((h, w), dtype=F64)
    expected = (probability[..., None] * places).sum((1, 2)) - places[at]
    assert torch.allclose(expected, flow[:, at[0], at[1]], atol=1e-10)
    near = ops.match_probability(feature0, feature1, at=at, radius=1)
    expected = (near[..., None] * places).sum((1, 2)) - places[at]
    local = ops.match_locally(feature0, feature1, radius=1)
    assert torch.allclose(expected, local[:, at[0], at[1]], atol=1e-10)


def test_backward_matching_is_the_transposed_matrix():
    feature0, feature1 = draw(1, 3, 4, 5), draw(1, 3, 4, 5, seed=1)
    matrix = feature0.reshape(12, 5) @ feature1.reshape(12, 5).mT / 5**0.5
    places = ops.coordinates((3, 4), dtype=F64).reshape(12, 2)
    backward = matrix.mT.softmax(-1) @ places - places
    ours = ops.match_globally(feature1, feature0)
    assert torch.allclose(ours.reshape(12, 2), backward, atol=1e-12)


def test_bfloat16_features_match_in_float32():
    features = draw(1, 20, 20, 8).bfloat16()
    assert ops.match_globally(features, features).dtype == torch.float32


X = torch.zeros(1, 4, 6, 8)
WRONG = [
    (
        lambda: ops.match_globally(X, X[:, :3]),
        ShapeError,
        "feature1 of shape (1, 3, 6, 8) and dtype float32 came: feature1 is a "
        "floating-point tensor (b, h, w, c); make h the same in both, it is 4 in "
        "feature0 and 3 in feature1",
    ),
    (
        lambda: ops.match_probability(X, X, at=(4, 0)),
        ShapeError,
        "the cell (row 4, column 0) came for a 4×6 map: rows are 0 to 3, columns 0 to 5; divide "
        "the pixel's place by the stride of the map",
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

"""Attention to a neighborhood."""

import pytest
import torch

from tests.ops.agree import assert_equal_to_the_twin, assert_same_on_cuda
from utils import ops
from utils.errors import ConfigError
from utils.reference.twins import flow as twins

CASES = [
    ([(2, *size, 3), (2, *size, 3), (2, *size, 4)], settings)
    for size, settings in [
        ((5, 9), {"radius": 1, "outside": "zero"}),
        ((8, 16), {"radius": 2, "outside": "zero"}),
        ((9, 4), {"radius": 3, "outside": "masked"}),
    ]
]


@pytest.mark.parametrize(("shapes", "settings"), CASES)
def test_equal_to_the_twin_in_value_and_gradient(shapes, settings):
    assert_equal_to_the_twin(ops.local_attention, twins.local_attention, shapes, settings)


X = torch.zeros(1, 4, 6, 8)
WRONG = [
    (
        lambda: ops.local_attention(X, X, X, radius=0),
        ConfigError,
        "radius = 0 came: radius is a whole number of at least 1; pass radius=1, for example",
    ),
    (
        lambda: ops.local_attention(X, X, X, radius=1, outside="wrap"),
        ConfigError,
        "outside = 'wrap' came: outside is one of masked, zero; pass outside='masked'",
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
    assert_same_on_cuda(ops.local_attention, shapes, settings)

"""Instance normalization."""

import pytest
import torch

from tests.ops.agree import assert_equal_to_the_twin, assert_same_on_cuda, draw
from utils import ops
from utils.reference.twins import flow as twins

CASES = [([(2, 3, 4, 5)], {})]


@pytest.mark.parametrize(("shapes", "settings"), CASES)
def test_equal_to_the_twin_in_value_and_gradient(shapes, settings):
    assert_equal_to_the_twin(ops.instance_norm, twins.instance_norm, shapes, settings)


def test_instance_norm_of_one_pixel_and_of_large_means():
    assert ops.instance_norm(draw(2, 1, 1, 3)).abs().max() == 0
    far = ops.instance_norm((1e4 + draw(1, 8, 8, 3)).float())
    assert torch.allclose(far.std((1, 2), correction=0), torch.ones(1, 3), atol=1e-2)


@pytest.mark.gpu
@pytest.mark.parametrize(("shapes", "settings"), CASES)
def test_cuda_equals_cpu(shapes, settings):
    assert_same_on_cuda(ops.instance_norm, shapes, settings)

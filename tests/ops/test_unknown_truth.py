"""Flow whose truth is not known everywhere."""

import pytest
import torch

from utils.errors import ShapeError
from utils.ops import flow_loss


@pytest.mark.parametrize("value", [1e10, float("nan"), float("inf")])
def test_unknown_truth_adds_nothing_to_the_loss_and_to_its_slope(value):
    flow = torch.randn(2, 2, 3, 4, requires_grad=True)
    truth = torch.randn(2, 2, 3, 4)
    valid = torch.ones(2, 3, 4, dtype=torch.bool)
    valid[1, 2, 0] = False
    want = flow_loss([flow], truth, valid=valid)
    (slope,) = torch.autograd.grad(want, flow)
    truth[1, 0, 2, 0] = value
    found = flow_loss([flow], truth)
    assert torch.equal(found, want)
    assert torch.equal(torch.autograd.grad(found, flow)[0], slope)


def test_valid_with_an_axis_too_many_does_not_spread_over_the_batch(plain_types):
    flow = torch.randn(2, 2, 3, 4)
    with pytest.raises(ShapeError, match=r"valid"):
        flow_loss([flow], flow + 1, valid=torch.ones(2, 1, 3, 4, dtype=torch.bool))

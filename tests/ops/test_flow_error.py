"""How wrong a flow is."""

import pytest
import torch

from utils import ops
from utils.errors import ShapeError


def test_the_loss_weighs_later_flows_more_and_leaves_out_what_is_not_valid():
    truth = torch.zeros(1, 2, 2, 3)
    flows = [truth + 2, truth + 1]
    assert ops.flow_loss(flows, truth, gamma=0.5).item() == 2 * 0.5 + 1
    valid = torch.zeros(1, 2, 3, dtype=torch.bool)
    valid[0, 0] = True
    assert ops.flow_loss(flows, truth, valid=valid, gamma=0.5).item() == 1.0
    wild = torch.where(valid[:, None], 1.0, torch.nan).expand(1, 2, 2, 3)
    assert ops.flow_loss([wild], truth, valid=valid).item() == 0.5
    assert ops.end_point_error(truth + 1, truth).mean().item() == pytest.approx(2**0.5)


WRONG = [
    (
        lambda: ops.flow_loss([], torch.zeros(1, 2, 3, 4)),
        ShapeError,
        "no flow came: the loss takes at least one flow; pass model(frame0, frame1).flows",
    ),
    (
        lambda: ops.end_point_error(torch.zeros(1, 2, 3, 4), torch.zeros(1, 2, 4, 4)),
        ShapeError,
        "truth of shape (1, 2, 4, 4) and dtype float32 came: truth is a "
        "floating-point tensor (b, xy, h, w); make h the same in both, it is 3 in "
        "flow and 4 in truth",
    ),
]


@pytest.mark.parametrize(("call", "kind", "text"), WRONG)
def test_wrong_input_is_refused_with_the_remedy(plain_types, call, kind, text):
    with pytest.raises(kind) as error:
        call()
    assert str(error.value) == text

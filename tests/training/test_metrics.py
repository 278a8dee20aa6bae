"""The measures against numbers worked out by hand."""

import math

import pytest
import torch

from utils.errors import ConfigError
from utils.training import boundary_f, endpoint_error, mean_iou, psnr, ssim, top1


def test_top1():
    scores = torch.tensor([[3.0, 1.0, 2.0], [0.0, 1.0, 5.0], [9.0, 1.0, 2.0]])
    assert top1(scores, torch.tensor([0, 1, 0])) == pytest.approx(2 / 3)


def test_psnr_is_the_mean_over_pictures_not_over_pixels():
    clean = torch.full((2, 3, 4, 5), 0.5)
    picture = clean + torch.tensor([0.1, 0.01]).reshape(2, 1, 1, 1)
    assert psnr(picture, clean) == pytest.approx((20 + 40) / 2, abs=1e-3)


def test_ssim():
    picture = torch.rand(2, 3, 16, 18, generator=torch.Generator().manual_seed(0))
    assert ssim(picture, picture) == pytest.approx(1.0)
    # Two flat pictures: only the means count, (2ab + c) / (a² + b² + c) with c = 0.01².
    flat = torch.full((1, 3, 16, 18), 0.5)
    expected = (2 * 0.5 * 0.7 + 1e-4) / (0.25 + 0.49 + 1e-4)
    assert ssim(flat + 0.2, flat) == pytest.approx(expected, abs=1e-5)


def test_endpoint_error_by_size_of_motion():
    truth = torch.zeros(1, 2, 2, 2)
    truth[0, 0] = torch.tensor([[0.0, 6.0], [20.0, 50.0]])
    flow = truth.clone()
    flow[0, :, 0, 0] += torch.tensor([3.0, 4.0])  # 5 pixels off
    flow[0, 1, 1, 0] += 2.0
    flow[0, 1, 1, 1] -= 8.0
    found = endpoint_error(flow, truth)
    assert found == {"all": 15 / 4, "0-10": 2.5, "10-40": 2.0, "40+": 8.0}
    seen = torch.tensor([[[False, True], [True, False]]])
    assert endpoint_error(flow, truth, seen=seen) == {"all": 1.0, "0-10": 0.0, "10-40": 2.0}


def test_mean_iou_leaves_out_classes_that_do_not_occur():
    truth = torch.tensor([[0, 0, 1], [1, 2, 2]])
    answer = torch.tensor([[0, 1, 1], [1, 2, 0]])
    # class 0: 1 of 3; class 1: 2 of 3; class 2: 1 of 2; class 3 nowhere
    assert mean_iou(answer, truth, classes=4) == pytest.approx((1 / 3 + 2 / 3 + 1 / 2) / 3)


def test_boundary_f():
    truth = torch.zeros(1, 6, 7, dtype=torch.int64)
    truth[:, :, 3:] = 1  # the boundary pixels are column 2
    near, far = torch.zeros_like(truth), torch.zeros_like(truth)
    near[:, :, 4:] = 1
    far[:, :, 6:] = 1
    assert boundary_f(truth, truth) == 1.0
    assert boundary_f(near, truth) == 1.0
    assert boundary_f(near, truth, tolerance=0) == 0.0
    assert boundary_f(far, truth) == 0.0
    assert boundary_f(torch.zeros_like(truth), torch.zeros_like(truth)) == 1.0
    # Half of the answer's boundary is wrong, all of the truth's is found: P = 1/2, R = 1.
    both = truth.clone()
    both[:, :, 6:] = 0
    assert boundary_f(both, truth) == pytest.approx(2 / 3)
    assert math.isclose(boundary_f(truth, both), 2 / 3)


def test_unknown_truth_does_not_count():
    truth = torch.tensor([3.0, 4.0]).reshape(1, 2, 1, 1).repeat(1, 1, 2, 2)
    truth[0, 0, 0, 1], truth[0, 1, 1, 1] = 1e10, torch.nan
    assert endpoint_error(torch.zeros(1, 2, 2, 2), truth) == {"all": 5.0, "0-10": 5.0}
    seen = torch.tensor([[[False, True], [True, True]]])
    assert endpoint_error(torch.zeros(1, 2, 2, 2), truth, seen=seen) == {"all": 5.0, "0-10": 5.0}


@pytest.mark.parametrize("label", [-1, 3, 255])
def test_labels_that_cannot_be_are_said(label):
    good = torch.tensor([[0, 1, 2]])
    bad = torch.tensor([[0, 1, label]])
    for answer, truth, name in ((bad, good, "answer"), (good, bad, "truth")):
        with pytest.raises(ConfigError, match=rf"came in the {name}, for 3 classes: labels run"):
            mean_iou(answer, truth, classes=3)

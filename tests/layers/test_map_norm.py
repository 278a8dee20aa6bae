"""Batch normalization of maps: each channel's own mean and variance."""

import pytest
import torch

from utils.errors import ShapeError
from utils.layers import MapBatchNorm2d


def test_in_training_the_batch_s_own_statistics_in_eval_those_that_were_learned():
    layer = MapBatchNorm2d(3, eps=1e-3, momentum=0.25).double()
    torch.nn.init.normal_(layer.weight)
    torch.nn.init.normal_(layer.bias)
    x = torch.randn(2, 4, 5, 3, dtype=torch.float64) * 3 + 1
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2), correction=0)
    want = (x - mean) / (variance + 1e-3).sqrt() * layer.weight + layer.bias
    torch.testing.assert_close(layer(x), want)
    unbiased = variance * 40 / 39
    torch.testing.assert_close(layer.running_mean, 0.25 * mean)
    torch.testing.assert_close(layer.running_var, 0.75 + 0.25 * unbiased)
    layer.eval()
    want = (x - layer.running_mean) / (layer.running_var + 1e-3).sqrt() * layer.weight + layer.bias
    torch.testing.assert_close(layer(x), want)


def test_one_value_has_no_variance():
    with pytest.raises(ShapeError, match="1 map of 1×1 came in training"):
        MapBatchNorm2d(3)(torch.zeros(1, 1, 1, 3))
    MapBatchNorm2d(3).eval()(torch.zeros(1, 1, 1, 3))
    with pytest.raises(ShapeError, match="a map of 4 channels came"):
        MapBatchNorm2d(3)(torch.zeros(1, 2, 2, 4))

"""Convolution, norm and doubling over maps b h w c: as torch's own on planes, and by loops."""

import pytest
import torch
from torch import nn

from utils.errors import ShapeError
from utils.layers import MapConv2d


def test_one_output_cell_is_the_sum_over_its_neighborhood():
    layer = MapConv2d(2, 3, (3, 5), padding=(1, 2), stride=2).double()
    x = torch.randn(2, 6, 9, 2, dtype=torch.float64)
    out = layer(x)
    assert out.shape == (2, 3, 5, 3)
    for row, column in ((0, 0), (1, 3), (2, 4)):
        for channel in range(3):
            total = layer.bias[channel].item()
            for dy in range(3):
                for dx in range(5):
                    y, z = 2 * row + dy - 1, 2 * column + dx - 2
                    if 0 <= y < 6 and 0 <= z < 9:
                        total += (x[1, y, z] @ layer.weight[channel, :, dy, dx]).item()
            assert out[1, row, column, channel].item() == pytest.approx(total, abs=1e-12)


def test_weights_are_torch_s_own():
    layer = MapConv2d(4, 6, 3, groups=2, padding=1, bias=False)
    torchs = nn.Conv2d(4, 6, 3, groups=2, padding=1, bias=False)
    torchs.load_state_dict(layer.state_dict())
    x = torch.randn(1, 5, 7, 4)
    want = torchs(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    torch.testing.assert_close(layer(x), want, atol=1e-6, rtol=1e-6)


def test_channels_come_last():
    with pytest.raises(ShapeError, match="a map of 5 channels came: this convolution takes 2"):
        MapConv2d(2, 3, 1)(torch.zeros(1, 2, 4, 5))

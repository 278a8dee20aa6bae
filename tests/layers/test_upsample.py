"""Twice the sides: every pixel makes a square of its own."""

import pytest
import torch

from utils.errors import ShapeError
from utils.layers import DoubleSize


def test_a_square_comes_from_one_pixel():
    layer = DoubleSize(3, 2).double()
    x = torch.randn(2, 2, 4, 3, dtype=torch.float64)
    out = layer(x)
    assert out.shape == (2, 4, 8, 2)
    for row, column in ((0, 0), (1, 3)):
        for dy in range(2):
            for dx in range(2):
                want = x[1, row, column] @ layer.weight[:, :, dy, dx] + layer.bias
                torch.testing.assert_close(out[1, 2 * row + dy, 2 * column + dx], want)


def test_other_channels_are_refused():
    with pytest.raises(ShapeError, match="a map of 4 channels came: this layer takes 3"):
        DoubleSize(3, 2)(torch.zeros(1, 2, 2, 4))

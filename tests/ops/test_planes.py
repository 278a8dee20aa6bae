"""There and back between maps and planes; maps at another size."""

import pytest
import torch
from torch import nn

from utils import ops
from utils.errors import ConfigError


def test_a_layer_of_planes_sees_planes_and_a_map_comes_back():
    seen = []
    x = torch.randn(2, 3, 5, 4)

    def layer(planes):
        seen.append(planes)
        return planes[:, :3, 1:]

    out = ops.on_planes(layer, x)
    assert torch.equal(seen[0], x.permute(0, 3, 1, 2))
    assert seen[0].data_ptr() == x.data_ptr()  # nothing is copied
    assert torch.equal(out, x[:, 1:, :, :3])
    pool = nn.AvgPool2d((3, 5))
    torch.testing.assert_close(ops.on_planes(pool, x)[:, 0, 0], x.mean((1, 2)))


def read_between(x, size):
    """Bilinear, cells as squares: a point of the new map is read at its place on the old one."""
    b, h, w, c = x.shape
    out = torch.zeros(b, *size, c, dtype=x.dtype)
    for row in range(size[0]):
        for column in range(size[1]):
            y = min(max((row + 0.5) * h / size[0] - 0.5, 0), h - 1)
            z = min(max((column + 0.5) * w / size[1] - 0.5, 0), w - 1)
            for i in range(h):
                for j in range(w):
                    share = max(0, 1 - abs(y - i)) * max(0, 1 - abs(z - j))
                    out[:, row, column] += share * x[:, i, j]
    return out


@pytest.mark.parametrize("size", [(3, 5), (6, 10), (7, 2), (1, 1), (4, 9)])
def test_resize_reads_between_the_cells(size):
    x = torch.randn(2, 3, 5, 2, dtype=torch.float64)
    torch.testing.assert_close(ops.resize(x, size=size), read_between(x, size))


def test_a_size_is_two_numbers():
    with pytest.raises(ConfigError, match="size is two whole numbers"):
        ops.resize(torch.zeros(1, 2, 2, 1), size=(0, 3))

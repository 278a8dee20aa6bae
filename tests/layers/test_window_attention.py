"""Attention in windows with its linear layers, against the loops of the twin."""

import pytest
import torch

from utils.errors import ConfigError, ShapeError
from utils.layers import WindowAttention
from utils.reference import twins

SIZE = (2, 3)


def by_loops(layer, windows, mask):
    """One window and one head after the other."""
    b, nh, nw, n, c = windows.shape
    d = c // layer.num_heads
    out = torch.zeros_like(windows)
    index = twins.relative_position_index(SIZE)
    for at in ((i, y, x) for i in range(b) for y in range(nh) for x in range(nw)):
        qkv = windows[at] @ layer.qkv.weight.T + layer.qkv.bias
        heads = []
        for head in range(layer.num_heads):
            q, k, v = (qkv[:, part * c + head * d : part * c + (head + 1) * d] for part in range(3))
            scores = q @ k.T / d**0.5
            for i in range(n):
                for j in range(n):
                    if layer.relative_position_table is not None:
                        scores[i, j] += layer.relative_position_table[int(index[i][j]), head]
                    if mask is not None:
                        scores[i, j] += mask[at[1], at[2], i, j]
            heads.append(torch.softmax(scores, -1) @ v)
        out[at] = torch.cat(heads, -1) @ layer.projection.weight.T + layer.projection.bias
    return out


@pytest.mark.parametrize("relative_position", [True, False])
@pytest.mark.parametrize("masked", [True, False])
def test_equals_the_loops(relative_position, masked):
    layer = WindowAttention(
        8, num_heads=2, window_size=SIZE, relative_position=relative_position
    ).double()
    if relative_position:
        torch.nn.init.normal_(layer.relative_position_table)
    windows = torch.randn(2, 1, 2, 6, 8, dtype=torch.float64)
    mask = None
    if masked:
        mask = torch.zeros(1, 2, 6, 6, dtype=torch.float64)
        mask[0, 1, :, 4:] = -100.0
    with torch.no_grad():
        torch.testing.assert_close(layer(windows, mask), by_loops(layer, windows, mask))


def test_what_does_not_fit_is_refused():
    layer = WindowAttention(8, num_heads=2, window_size=SIZE)
    with pytest.raises(ShapeError, match="groups of 5 tokens came: this layer's windows are 2×3"):
        layer(torch.zeros(1, 1, 1, 5, 8))
    with pytest.raises(ShapeError, match="tokens of 6 channels came: this layer takes 8"):
        layer(torch.zeros(1, 1, 1, 6, 6))
    with pytest.raises(ConfigError, match="the number of heads divides the channels"):
        WindowAttention(8, num_heads=3, window_size=SIZE)

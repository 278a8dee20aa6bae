"""Patches and merged tokens, value by value."""

import pytest
import torch
from torch import nn

from utils.errors import ShapeError
from utils.layers import PatchEmbedding, PatchMerging


def test_one_patch_is_one_vector_and_what_is_cut_is_filled_with_zeros():
    layer = PatchEmbedding(2, 5, patch_size=3).double()
    layer.norm = nn.Identity()
    picture = torch.randn(2, 2, 7, 11, dtype=torch.float64)
    out = layer(picture)
    assert out.shape == (2, 3, 4, 5)
    weight, bias = layer.projection.weight, layer.projection.bias
    for row, column in ((0, 0), (1, 2), (2, 3)):
        patch = torch.zeros(2, 3, 3, dtype=torch.float64)
        piece = picture[1, :, 3 * row : 3 * row + 3, 3 * column : 3 * column + 3]
        patch[:, : piece.shape[1], : piece.shape[2]] = piece
        want = (weight * patch).sum((1, 2, 3)) + bias
        torch.testing.assert_close(out[1, row, column], want)


def test_vectors_are_normalized():
    out = PatchEmbedding(3, 16, patch_size=2)(torch.randn(1, 3, 4, 6))
    torch.testing.assert_close(out.mean(-1), torch.zeros(1, 2, 3), atol=1e-6, rtol=0)
    torch.testing.assert_close(out.var(-1, correction=0), torch.ones(1, 2, 3), atol=1e-2, rtol=0)


def test_four_neighbors_stand_in_a_row_columns_outside():
    layer = PatchMerging(2)
    layer.norm, layer.reduction = nn.Identity(), Wide(8)
    x = torch.arange(1.0, 31.0).reshape(1, 3, 5, 2)
    out = layer(x)
    assert out.shape == (1, 2, 3, 8)
    # top left, bottom left, top right, bottom right
    assert out[0, 0, 1].tolist() == [5, 6, 15, 16, 7, 8, 17, 18]
    assert out[0, 1, 2].tolist() == [29, 30, 0, 0, 0, 0, 0, 0]  # the odd sides: zeros


class Wide(nn.Identity):
    def __init__(self, channels):
        super().__init__()
        self.in_features = channels


def test_the_merged_token_is_normalized_then_reduced():
    layer = PatchMerging(2).double()
    x = torch.randn(1, 2, 2, 2, dtype=torch.float64)
    row = torch.cat([x[0, 0, 0], x[0, 1, 0], x[0, 0, 1], x[0, 1, 1]])
    normalized = (row - row.mean()) / (row.var(correction=0) + 1e-5).sqrt()
    torch.testing.assert_close(layer(x)[0, 0, 0], layer.reduction.weight @ normalized)
    assert layer.reduction.bias is None


def test_other_channels_are_refused():
    with pytest.raises(ShapeError, match="this layer takes 2 channels"):
        PatchEmbedding(2, 5)(torch.zeros(1, 3, 8, 8))
    with pytest.raises(ShapeError, match="a map of 3 channels came"):
        PatchMerging(2)(torch.zeros(1, 4, 4, 3))

"""TensorFlow's "same" padding, the 2×2 mean, and the mask of padded keys."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from utils.errors import ConfigError, ShapeError
from utils.ops import (
    attention,
    average_squares,
    pad_same,
    pad_to_multiple,
    padding_mask,
    partition_windows,
    same_padding,
)
from utils.reference import twins

sides = st.integers(1, 12)
kinds = pytest.mark.parametrize("kind", ["window", "grid"])


@given(h=sides, w=sides, kernel_size=st.integers(1, 5), stride=st.integers(1, 4))
def test_same_padding_is_equal_to_the_twin_and_fits_the_kernel(h, w, kernel_size, stride):
    settings = {"kernel_size": kernel_size, "stride": stride}
    pads = same_padding((h, w), **settings)
    assert pads == twins.same_padding((h, w), **settings)
    x = torch.arange(1.0, 1 + 2 * h * w * 3).reshape(2, h, w, 3)
    padded = pad_same(x, **settings)
    assert padded.tolist() == twins.pad_same(x, **settings).tolist()
    for side, whole in zip((h, w), padded.shape[1:3], strict=True):
        assert (whole - kernel_size) // stride + 1 == -(-side // stride)


def test_the_odd_zero_stands_at_the_end():
    x = torch.ones(1, 4, 4, 1)
    assert pad_same(x, kernel_size=3, stride=2)[0, :, 0, 0].tolist() == [1, 1, 1, 1, 0]


@pytest.mark.parametrize("size", [(4, 6), (5, 6), (4, 7), (3, 5), (1, 1)])
def test_the_mean_of_squares_is_equal_to_the_twin_and_shares_its_gradient(size):
    x = torch.randn(2, *size, 3, dtype=torch.float64, requires_grad=True)
    means = average_squares(x)
    assert torch.allclose(means, torch.from_numpy(twins.average_squares(x.detach())))
    means.sum().backward()
    for row in range(size[0]):
        for column in range(size[1]):
            there = (min(2, size[0] - row // 2 * 2), min(2, size[1] - column // 2 * 2))
            expected = torch.full((2, 3), 1 / (there[0] * there[1]), dtype=torch.float64)
            assert torch.allclose(x.grad[:, row, column], expected)


@kinds
@given(h=sides, w=sides, wh=st.integers(1, 5), ww=st.integers(1, 5))
def test_the_mask_is_equal_to_the_twin_and_leaves_every_query_a_key(kind, h, w, wh, ww):
    mask = padding_mask((h, w), window_size=(wh, ww), kind=kind)
    twin = twins.padding_mask((h, w), window_size=(wh, ww), kind=kind)
    assert mask.tolist() == twin.tolist()
    assert (mask == 0).any(dim=-1).all()
    assert (mask[:, :, 0] == 0).sum() == h * w  # every cell of the map is a key once


@kinds
def test_whatever_stands_in_the_padding_changes_nothing(kind):
    size, window_size = (5, 7), (3, 4)
    x = pad_to_multiple(torch.randn(2, *size, 6, dtype=torch.float64), multiple=window_size)
    loud = x + 1e6 * torch.randn_like(x)
    loud[:, : size[0], : size[1]] = x[:, : size[0], : size[1]]
    groups = {"window_size": window_size, "kind": kind}
    mask = padding_mask(size, **groups, dtype=x.dtype)[:, :, None]
    outs = []
    for given_map in (x, loud):
        cells = partition_windows(given_map, **groups)[:, :, :, None]
        query = partition_windows(x, **groups)[:, :, :, None]
        outs.append(attention(query, cells, cells, bias=mask))
    assert torch.equal(outs[0], outs[1])


def test_the_mask_keeps_dtype_and_can_be_used_in_training_after_inference():
    with torch.inference_mode():
        padding_mask((5, 11), window_size=(3, 4), dtype=torch.bfloat16)
    mask = padding_mask((5, 11), window_size=(3, 4), dtype=torch.bfloat16)
    assert mask.dtype == torch.bfloat16
    assert not mask.is_inference()


WRONG = [
    (
        lambda: same_padding((4, 0), kernel_size=3),
        ConfigError,
        "size = (4, 0) came: size is two whole numbers of at least 1, (height, "
        "width); pass size=(7, 7), for example",
    ),
    (
        lambda: same_padding((4, 5), kernel_size=3, stride=0),
        ConfigError,
        "stride = 0 came: stride is a whole number of at least 1; pass stride=1, for example",
    ),
    (
        lambda: pad_same(torch.zeros(4, 5, 2), kernel_size=3),
        ShapeError,
        "x of shape (4, 5, 2) and dtype float32 came: x is a floating-point tensor "
        "(b, h, w, c); x[None] adds an axis in front, x[..., None] one at the end",
    ),
    (
        lambda: average_squares(torch.zeros(4, 5)),
        ShapeError,
        "x of shape (4, 5) and dtype float32 came: x is a floating-point tensor (b, "
        "h, w, c); 4 axes are needed, and 2 came: reshape it",
    ),
    (
        lambda: padding_mask((4, 5), window_size=(0, 2)),
        ConfigError,
        "window_size = (0, 2) came: window_size is two whole numbers of at least 1, "
        "(height, width); pass window_size=(7, 7), for example",
    ),
    (
        lambda: padding_mask((4, 5), window_size=(2, 2), kind="rows"),
        ConfigError,
        "kind = 'rows' came: kind is one of window, grid; pass kind='window'",
    ),
]


@pytest.mark.parametrize(("call", "kind", "text"), WRONG)
def test_wrong_input_is_refused_with_the_remedy(plain_types, call, kind, text):
    with pytest.raises(kind) as error:
        call()
    assert str(error.value) == text


@pytest.mark.gpu
def test_cuda_equals_cpu():
    x = torch.randn(2, 5, 7, 3)
    assert torch.equal(
        pad_same(x.cuda(), kernel_size=3, stride=2).cpu(), pad_same(x, kernel_size=3, stride=2)
    )
    assert torch.allclose(average_squares(x.cuda()).cpu(), average_squares(x))
    settings = {"window_size": (3, 4), "kind": "grid"}
    cuda = padding_mask((5, 7), **settings, device="cuda")
    assert cuda.is_cuda
    assert torch.equal(cuda.cpu(), padding_mask((5, 7), **settings))

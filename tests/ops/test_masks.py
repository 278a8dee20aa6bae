"""The mask of shifted windows, by size and by count."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from utils.errors import ConfigError, ShapeError
from utils.ops import region_labels, shift_mask, shift_mask_by_count
from utils.ops.masks import window_of_count
from utils.reference import twins

# size, window, shift: square and not, one axis without a shift, one window over an axis
CASES = [
    ((6, 10), (3, 5), (1, 2)),
    ((8, 6), (4, 3), (2, 1)),
    ((6, 8), (3, 4), (0, 2)),
    ((6, 8), (3, 4), (2, 0)),
    ((4, 9), (4, 3), (1, 2)),
    ((5, 4), (5, 4), (2, 1)),
    ((4, 6), (1, 3), (0, 1)),
    ((4, 6), (2, 3), (0, 0)),
]
cases = pytest.mark.parametrize(("size", "window_size", "shift_size"), CASES)


@st.composite
def settings(draw):
    window = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    counts = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    shift = tuple(draw(st.integers(0, side - 1)) for side in window)
    return (counts[0] * window[0], counts[1] * window[1]), window, shift


@cases
def test_equal_to_the_twin(size, window_size, shift_size):
    settings = {"window_size": window_size, "shift_size": shift_size}
    assert (
        region_labels(size, **settings).tolist() == twins.region_labels(size, **settings).tolist()
    )
    assert shift_mask(size, **settings).tolist() == twins.shift_mask(size, **settings).tolist()


@given(settings())
def test_laws_of_the_mask(drawn):
    size, window_size, shift_size = drawn
    mask = shift_mask(size, window_size=window_size, shift_size=shift_size)
    assert torch.equal(mask, mask.mT)  # who sees is seen
    assert not mask.diagonal(dim1=-2, dim2=-1).any()  # everybody sees itself
    assert set(mask.unique().tolist()) <= {0.0, -100.0}
    if not any(shift_size):
        assert not mask.any()
    assert not mask[:-1, :-1].any()  # only the last row and column of windows hold strangers


@pytest.mark.parametrize(("size", "splits"), [((8, 12), 2), ((6, 9), 3), ((10, 4), 2), ((5, 7), 1)])
def test_by_count_is_by_size(size, splits):
    window_size = (size[0] // splits, size[1] // splits)
    shift_size = (window_size[0] // 2, window_size[1] // 2)
    by_count = shift_mask_by_count(size, splits=splits)
    assert window_of_count(size, splits=splits) == window_size
    assert torch.equal(by_count, shift_mask(size, window_size=window_size, shift_size=shift_size))
    assert by_count.tolist() == twins.shift_mask_by_count(size, splits=splits).tolist()


def test_the_published_case():
    mask = shift_mask((56, 56), window_size=(7, 7), shift_size=(3, 3))
    assert mask.shape == (8, 8, 49, 49)
    masked = (mask != 0).any(dim=(-2, -1)).sum()
    assert masked == 15  # the last row and the last column of windows


def test_the_cache_gives_every_caller_what_it_asked_for():
    ask = {"window_size": (2, 3), "shift_size": (1, 1)}
    for size in [(4, 6), (6, 6), (4, 6)]:
        for dtype in [torch.float32, torch.float64, torch.bfloat16, torch.float32]:
            mask = shift_mask(size, **ask, dtype=dtype)
            assert mask.dtype == dtype
            assert mask.shape[:2] == (size[0] // 2, size[1] // 3)
    assert shift_mask((4, 6), **ask, device="meta").device.type == "meta"
    assert shift_mask((4, 6), **ask, device="cpu").device.type == "cpu"
    assert shift_mask((4, 6), **ask) is shift_mask((4, 6), **ask)


def test_the_cache_minds_the_default_device():
    ask = {"window_size": (5, 3), "shift_size": (1, 1)}
    with torch.device("meta"):
        assert shift_mask((10, 6), **ask).device.type == "meta"
    assert shift_mask((10, 6), **ask).device.type == "cpu"


def test_a_mask_made_in_inference_mode_can_be_trained_with():
    with torch.inference_mode():
        mask = shift_mask((6, 15), window_size=(3, 5), shift_size=(2, 2))
    assert not mask.is_inference()
    weight = torch.ones(1, requires_grad=True)
    (mask * weight).sum().backward()  # autograd keeps the mask for this
    assert weight.grad.item() == mask.sum().item()


WRONG = [
    (
        lambda: shift_mask((50, 60), window_size=(7, 7), shift_size=(3, 3)),
        ShapeError,
        "a 50×60 map cannot be cut into 7×7 windows: the window's sides must divide the map's; "
        "pad it to 56×63 first (pad_to_multiple does)",
    ),
    *(
        (
            lambda shift=shift: shift_mask((6, 8), window_size=(3, 4), shift_size=shift),
            ConfigError,
            f"shift_size {shift} came for windows of 3×4: on each axis 0 ≤ shift < window: "
            "a shift by a whole window changes nothing; "
            "half a window, shift_size=(1, 2), is the published choice",
        )
        for shift in [(3, 0), (0, 4), (-1, 2), (1, 5)]
    ),
    (
        lambda: shift_mask((6, 8), window_size=(3, 4), shift_size=(1.0, 2)),
        ConfigError,
        "shift_size = (1.0, 2) came: shift_size is two whole numbers; pass shift_size=(7, 7), for "
        "example",
    ),
    (
        lambda: shift_mask_by_count((10**9, 10**9), splits=1),
        ShapeError,
        "a call came that needs more than a million GB for the mask of all windows: one tensor "
        "may take 2 GB; take a smaller map or window",
    ),
    (
        lambda: region_labels((6, 0), window_size=(3, 4), shift_size=(1, 1)),
        ConfigError,
        "size = (6, 0) came: size is two whole numbers of at least 1, (height, width); "
        "pass size=(7, 7), for example",
    ),
    (
        lambda: shift_mask((6, 8), window_size=(3, 0), shift_size=(1, 1)),
        ConfigError,
        "window_size = (3, 0) came: window_size is two whole numbers of at least 1, "
        "(height, width); pass window_size=(7, 7), for example",
    ),
    (
        lambda: shift_mask_by_count((6, 8), splits=4),
        ConfigError,
        "4 splits of a 6×8 map came: splits is a whole number that divides both sides; "
        "pass splits=1, or pad the map to a multiple (pad_to_multiple does)",
    ),
]


@pytest.mark.parametrize(("call", "kind", "text"), WRONG)
def test_wrong_settings_are_refused_with_the_remedy(plain_types, call, kind, text):
    with pytest.raises(kind) as error:
        call()
    assert str(error.value) == text

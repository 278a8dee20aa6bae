"""Padding to a multiple, and cropping back."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from utils.errors import ConfigError, ShapeError
from utils.ops import crop, pad_to_multiple
from utils.reference import twins

sides = st.integers(1, 9)
modes = pytest.mark.parametrize("mode", ["constant", "reflect", "replicate"])
places = pytest.mark.parametrize("place", ["end", "center"])


@modes
@places
@given(h=sides, w=sides, c=st.integers(1, 3), step_h=sides, step_w=sides)
def test_crop_undoes_pad(mode, place, h, w, c, step_h, step_w):
    x = torch.arange(2.0 * h * w * c).reshape(2, h, w, c)
    padded = pad_to_multiple(x, multiple=(step_h, step_w), mode=mode, place=place)
    assert padded.shape[1] % step_h == 0
    assert padded.shape[2] % step_w == 0
    assert padded.shape[1] - h < step_h
    assert padded.shape[2] - w < step_w
    assert torch.equal(crop(padded, size=(h, w), place=place), x)


# (h, w) and multiples; the last two are too small to reflect, on one axis and on both
SIZES = [((5, 8), (4, 5)), ((7, 6), (3, 8)), ((6, 4), (3, 2)), ((2, 9), (7, 4)), ((1, 2), (4, 8))]


@modes
@places
@pytest.mark.parametrize(("size", "multiple"), SIZES)
def test_equal_to_the_twin(mode, place, size, multiple):
    x = torch.arange(1.0, 1 + 2 * size[0] * size[1] * 3).reshape(2, *size, 3)
    settings = {"multiple": multiple, "mode": mode, "place": place}
    padded = pad_to_multiple(x, **settings)
    assert padded.tolist() == twins.pad_to_multiple(x, **settings).tolist()
    back = crop(padded, size=size, place=place)
    assert back.tolist() == twins.crop(padded, size=size, place=place).tolist()


@modes
@places
def test_the_gradient_counts_how_often_a_cell_was_copied(mode, place):
    x = torch.zeros(1, 3, 5, 2, requires_grad=True)
    pad_to_multiple(x, multiple=(4, 7), mode=mode, place=place).sum().backward()
    cells = torch.arange(15).reshape(1, 3, 5, 1)
    copies = twins.pad_to_multiple(cells + 1, multiple=(4, 7), mode=mode, place=place)
    expected = [[(copies == cell + 1).sum() for cell in row] for row in cells[0, :, :, 0].tolist()]
    assert x.grad[0, :, :, 0].tolist() == expected


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@modes
def test_the_dtype_stays(mode, dtype):
    x = torch.ones(1, 3, 5, 2, dtype=dtype)
    assert pad_to_multiple(x, multiple=(4, 4), mode=mode).dtype == dtype


def test_a_map_that_fits_is_not_copied():
    x = torch.zeros(1, 4, 6, 2)
    assert pad_to_multiple(x, multiple=(2, 3)) is x


WRONG = [
    (
        lambda: pad_to_multiple(torch.zeros(3, 5, 2), multiple=(2, 2)),
        ShapeError,
        "x of shape (3, 5, 2) and dtype float32 came: x is a tensor (b, h, w, c); "
        "x[None] adds an axis in front, x[..., None] one at the end",
    ),
    (
        lambda: pad_to_multiple(torch.zeros(1, 3, 5, 2), multiple=(0, 2)),
        ConfigError,
        "multiple = (0, 2) came: multiple is two whole numbers of at least 1, "
        "(height, width); pass multiple=(7, 7), for example",
    ),
    (
        lambda: pad_to_multiple(torch.zeros(1, 3, 5, 2), multiple=(2, 2), mode="zeros"),
        ConfigError,
        "mode = 'zeros' came: mode is one of constant, reflect, replicate; pass mode='constant'",
    ),
    (
        lambda: crop(torch.zeros(1, 3, 5, 2), size=(2, 2), place="start"),
        ConfigError,
        "place = 'start' came: place is one of end, center; pass place='end'",
    ),
    (
        lambda: crop(torch.zeros(1, 3, 5, 2), size=(4, 5)),
        ShapeError,
        "a crop to 4×5 of a 3×5 map was asked for: a crop is at most as large as the map; "
        "pass the size that the map had before it was padded",
    ),
    (
        lambda: crop(torch.zeros(1, 3, 5, 2), size=(0, 5)),
        ConfigError,
        "size = (0, 5) came: size is two whole numbers of at least 1, (height, "
        "width); pass size=(7, 7), for example",
    ),
]


@pytest.mark.parametrize(("call", "kind", "text"), WRONG)
def test_wrong_input_is_refused_with_the_remedy(plain_types, call, kind, text):
    with pytest.raises(kind) as error:
        call()
    assert str(error.value) == text

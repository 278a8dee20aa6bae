"""Relative position and the sine position."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from utils.errors import ConfigError, ShapeError
from utils.ops import relative_position_bias, relative_position_index, sine_position
from utils.reference import twins

WINDOWS = [(1, 1), (1, 3), (4, 1), (2, 3), (3, 5), (7, 7)]


@pytest.mark.parametrize("window_size", WINDOWS)
def test_the_index_is_equal_to_the_twin(window_size):
    ours = relative_position_index(window_size)
    assert ours.tolist() == twins.relative_position_index(window_size).tolist()


@given(wh=st.integers(1, 5), ww=st.integers(1, 5))
def test_laws_of_the_index(wh, ww):
    index = relative_position_index((wh, ww))
    positions = (2 * wh - 1) * (2 * ww - 1)
    assert index.unique().tolist() == list(range(positions))  # every offset occurs
    assert torch.equal(index + index.mT, torch.full_like(index, positions - 1))  # −offset
    assert (index.diagonal() == (positions - 1) // 2).all()  # offset 0 stands in the middle


@pytest.mark.parametrize(("window_size", "heads"), [((2, 3), 4), ((3, 2), 1), ((1, 4), 5)])
def test_the_bias_is_equal_to_the_twin(window_size, heads):
    positions = (2 * window_size[0] - 1) * (2 * window_size[1] - 1)
    table = torch.arange(float(positions * heads)).reshape(positions, heads)
    bias = relative_position_bias(table, window_size=window_size)
    twin = twins.relative_position_bias(table, window_size=window_size)
    assert bias.tolist() == twin.tolist()


def test_the_gradient_of_the_table_counts_the_pairs():
    table = torch.zeros(15, 2, requires_grad=True)
    relative_position_bias(table, window_size=(2, 3)).sum().backward()
    counts = np.bincount(twins.relative_position_index((2, 3)).ravel())
    assert table.grad.tolist() == [[count, count] for count in counts.tolist()]


def test_the_bias_is_never_stale():
    table = torch.zeros(15, 2)
    before = relative_position_bias(table, window_size=(2, 3)).clone()
    table += 1
    assert torch.equal(relative_position_bias(table, window_size=(2, 3)), before + 1)


@pytest.mark.parametrize(
    ("size", "channels"), [((2, 3), 4), ((3, 5), 8), ((6, 4), 20), ((1, 1), 12)]
)
@pytest.mark.parametrize("temperature", [10000.0, 20.0])
def test_the_sine_position_is_equal_to_the_twin(size, channels, temperature):
    settings = {"channels": channels, "temperature": temperature}
    exact = twins.sine_position(size, **settings)
    for dtype, tolerance in [(torch.float64, 1e-13), (torch.float32, 1e-6), (torch.bfloat16, 4e-3)]:
        ours = sine_position(size, **settings, dtype=dtype)
        assert ours.dtype == dtype
        assert np.abs(ours.double().numpy() - exact).max() < tolerance


def test_the_caches_give_every_caller_what_it_asked_for():
    assert relative_position_index((2, 5)).shape == (10, 10)
    assert relative_position_index((5, 2)).tolist() != relative_position_index((2, 5)).tolist()
    assert sine_position((2, 5), channels=8).shape == (2, 5, 8)
    assert sine_position((5, 2), channels=4).shape == (5, 2, 4)
    with torch.device("meta"):
        assert relative_position_index((2, 7)).device.type == "meta"
        assert sine_position((2, 7), channels=8).device.type == "meta"
    assert relative_position_index((2, 7)).device.type == "cpu"
    assert sine_position((2, 7), channels=8).device.type == "cpu"
    assert relative_position_index((2, 7), device="meta").device.type == "meta"


def test_what_was_made_in_inference_mode_can_be_trained_with():
    with torch.inference_mode():
        index = relative_position_index((3, 7))
        position = sine_position((3, 7), channels=16)
    assert not index.is_inference()
    table = torch.zeros(65, 1, requires_grad=True)
    relative_position_bias(table, window_size=(3, 7)).sum().backward()
    weight = torch.ones(1, requires_grad=True)
    (position * weight).sum().backward()
    assert table.grad.sum() == 21 * 21


WRONG = [
    (
        lambda: relative_position_index((7, 0)),
        ConfigError,
        "window_size = (7, 0) came: window_size is two whole numbers of at least 1, "
        "(height, width); pass window_size=(7, 7), for example",
    ),
    (
        lambda: relative_position_bias(torch.zeros(15, 2), window_size=(3, 3)),
        ShapeError,
        "a table of shape (15, 2) came for a 3×3 window: it has (2·3 − 1)·(2·3 − 1) = 25 rows, "
        "one per offset; make the table for this window_size, or resample the one there is",
    ),
    (
        lambda: relative_position_bias(torch.zeros(25), window_size=(3, 3)),
        ShapeError,
        "table of shape (25,) and dtype float32 came: table is a floating-point tensor "
        "(positions, heads); table[None] adds an axis in front, table[..., None] one at the end",
    ),
    (
        lambda: sine_position((2, 3), channels=6),
        ConfigError,
        "channels = 6 came: the position needs a multiple of 4: pairs for y and for x; pass the "
        "width of the features, 128 for GMFlow",
    ),
    *(
        (
            lambda channels=channels: sine_position((2, 3), channels=channels),
            ConfigError,
            f"channels = {channels} came: channels is a whole number of at least 1; "
            "pass channels=1, for example",
        )
        for channels in [0, -4, 8.0]
    ),
    (
        lambda: sine_position((2, 3), channels=8, dtype=torch.int64),
        ConfigError,
        "dtype = torch.int64 came: dtype is float64, float32, bfloat16 or float16 of torch; pass "
        "dtype=torch.float32, or the dtype of what it is added to",
    ),
]


@pytest.mark.parametrize(("call", "kind", "text"), WRONG)
def test_wrong_input_is_refused_with_the_remedy(plain_types, call, kind, text):
    with pytest.raises(kind) as error:
        call()
    assert str(error.value) == text

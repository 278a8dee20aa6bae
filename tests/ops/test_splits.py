"""Attention in windows by their number."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.ops.agree import assert_equal_to_the_twin, assert_same_on_cuda, draw
from utils import ops
from utils.errors import ConfigError, ShapeError
from utils.reference.twins import flow as twins
from utils.tap import watching

CASES = [
    ([(2, *size, 5), (2, *size, 5), (2, *size, 3)], settings)
    for size, settings in [
        ((4, 6), {"splits": 1, "shift": True}),
        ((4, 6), {"splits": 2}),
        ((4, 6), {"splits": 2, "shift": True}),
        ((10, 6), {"splits": 2, "shift": True}),  # odd windows: shift 2 of 5 and 1 of 3
        ((8, 12), {"splits": 4, "shift": True}),
        ((2, 8), {"splits": 2, "shift": True}),  # windows of one row do not move up
        ((3, 3), {"splits": 3, "shift": True}),
    ]
]


@pytest.mark.parametrize(("shapes", "settings"), CASES)
def test_equal_to_the_twin_in_value_and_gradient(shapes, settings):
    assert_equal_to_the_twin(ops.split_attention, twins.split_attention, shapes, settings)


class Window(torch.nn.Module):
    """Gives split attention a place in a model, so that it can be watched."""

    def forward(self, q, k, v, splits):
        return ops.split_attention(q, k, v, splits=splits, shift=True)


@given(splits=st.integers(1, 4), wh=st.integers(1, 5), ww=st.integers(1, 5), b=st.integers(1, 2))
def test_cutting_where_windows_lie_equals_rolling_and_masking(splits, wh, ww, b):
    q, k, v = (draw(b, splits * wh, splits * ww, 4, seed=seed) for seed in range(3))
    window = Window()
    cut = window(q, k, v, splits)
    with watching(window) as seen:
        masked = window(q, k, v, splits)
    assert torch.allclose(cut, masked, rtol=0, atol=1e-12)
    weights = seen["weights"][0]
    assert weights.shape == (splits, splits, b, wh * ww, wh * ww) or splits == 1
    assert torch.allclose(weights.sum(-1), torch.ones_like(weights[..., 0]))


def test_position_repeats_in_every_window():
    position = ops.sine_position_by_count((6, 4), splits=2, channels=8)
    assert torch.equal(position[:3, :2], ops.sine_position((3, 2), channels=8))
    assert torch.equal(position[3:], position[:3])


X = torch.zeros(1, 4, 6, 8)
WRONG = [
    (
        lambda: ops.split_attention(X, X, X[:, :3], splits=2),
        ShapeError,
        "v of shape (1, 3, 6, 8) and dtype float32 came: v is a floating-point "
        "tensor (b, h, w, e); make h the same in both, it is 4 in q and 3 in v",
    ),
    (
        lambda: ops.split_attention(X, X, X, splits=4),
        ConfigError,
        "4 splits of a 4×6 map came: splits is a whole number that divides both sides; "
        "pass splits=1, or pad the map to a multiple (pad_to_multiple does)",
    ),
]


@pytest.mark.parametrize(("call", "kind", "text"), WRONG)
def test_wrong_input_is_refused_with_the_remedy(plain_types, call, kind, text):
    with pytest.raises(kind) as error:
        call()
    assert str(error.value) == text


@pytest.mark.gpu
@pytest.mark.parametrize(("shapes", "settings"), CASES)
def test_cuda_equals_cpu(shapes, settings):
    assert_same_on_cuda(ops.split_attention, shapes, settings)

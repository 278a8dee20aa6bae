"""Stochastic depth: whole samples, the expected value, nothing in eval mode."""

import pytest
import torch

from utils.errors import ConfigError
from utils.layers import DropPath, drop_path_rates
from utils.tap import watching


def test_whole_samples_go_and_the_rest_is_scaled_up():
    torch.manual_seed(3)
    x = torch.randn(2000, 3, 2)
    layer = DropPath(0.3)
    with watching(layer, "keep") as seen:
        out = layer(x)
    (keep,) = seen["keep"]
    assert keep.shape == (2000, 1, 1)
    assert keep.unique().tolist() == pytest.approx([0.0, 1 / 0.7])
    torch.testing.assert_close(out, x * keep)
    assert 0.65 < (keep > 0).float().mean() < 0.75
    assert 0.93 < keep.mean() < 1.07  # the expected value stays


@pytest.mark.parametrize("layer", [DropPath(0.9).eval(), DropPath(0.0)])
def test_nothing_is_dropped_and_no_number_is_drawn(layer):
    x = torch.randn(5, 4)
    before = torch.get_rng_state()
    assert torch.equal(layer(x), x)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_gradient_of_a_dropped_sample_is_zero():
    torch.manual_seed(0)
    x = torch.randn(50, 2, requires_grad=True)
    layer = DropPath(0.5)
    out = layer(x)
    out.sum().backward()
    dropped = (out == 0).all(1)
    assert 10 < dropped.sum() < 40
    assert (x.grad[dropped] == 0).all()
    assert (x.grad[~dropped] == 2).all()


def test_rates_rise_in_a_line_over_all_blocks():
    assert drop_path_rates(0.2, (1, 3, 1)) == [[0.0], [0.05, 0.1, 0.15], [0.2]]
    assert drop_path_rates(0.5, (1,)) == [[0.0]]
    with pytest.raises(ConfigError, match=r"a drop path rate of 1\.0 came"):
        DropPath(1.0)

"""The picture of an MBConv shows the maps and gates that it was given."""

import numpy as np
import pytest

from utils.figures.convolution import STRIP, draw_mbconv


@pytest.fixture(scope="module")
def figure():
    dice = np.random.default_rng(0)
    return draw_mbconv(
        dice.random((12, 16, 3)),
        expanded=dice.random((6, 8, 100)),
        filtered=np.broadcast_to(np.arange(100.0), (3, 4, 100)),
        gates=np.arange(100) / 100,
        out=dice.random((3, 4, 5)),
        channels=[7, 80],
    )


def test_a_channel_keeps_its_scale_from_the_filter_to_the_gate(figure):
    axes = figure.subfigs[0].axes
    filtered, gated = (axes[row * 3 + 2].images[0] for row in (1, 3))
    assert filtered.get_array().max() == 80
    assert gated.get_array().max() == pytest.approx(64)  # times its gate, 0.8
    assert filtered.get_clim() == gated.get_clim() == (0, 80)
    assert axes[2 * 3 + 2].texts[0].get_text() == "0.80"
    assert [ax.get_title(loc="left") for ax in axes[1:3]] == ["channel 7", "channel 80"]


def test_every_gate_has_its_square(figure):
    squares = figure.subfigs[1].axes[0].images[0].get_array()
    assert squares.shape == (2, STRIP)
    assert squares.count() == 100
    assert squares[1, 99 - STRIP] == pytest.approx(0.99)

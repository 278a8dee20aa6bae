"""The one question that all layers with heads ask."""

import pytest

from utils.contracts import Positive, checked
from utils.errors import ConfigError
from utils.layers.heads import heads_divide_channels


@checked(heads_divide_channels)
def made(channels: Positive, *, num_heads: Positive):
    return channels // num_heads


def test_heads_divide_the_channels():
    assert made(12, num_heads=3) == 4
    with pytest.raises(ConfigError, match=r"channels = 12, num_heads = 5 came: the number of"):
        made(12, num_heads=5)

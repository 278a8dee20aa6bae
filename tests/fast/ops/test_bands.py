"""A local operation, band by band."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from tests.ops.agree import draw
from utils.errors import ConfigError
from utils.fast.ops import in_bands


def blurred(x):
    planes = functional.avg_pool2d(x.movedim(-1, 1), (3, 1), 1, (1, 0), count_include_pad=False)
    return planes.movedim(1, -1)


@given(h=st.integers(1, 9), rows=st.integers(1, 10))
def test_bands_with_a_halo_equal_the_whole(h, rows):
    x = draw(2, h, 3, 2)
    torch.testing.assert_close(in_bands(blurred, x, rows=rows, halo=1), blurred(x))


def test_without_a_halo_the_seams_show():
    x = draw(1, 6, 3, 2)
    assert not torch.allclose(in_bands(blurred, x, rows=2, halo=0), blurred(x))


def test_wrong_settings_are_refused_with_the_remedy():
    with pytest.raises(ConfigError) as error:
        in_bands(blurred, draw(1, 6, 3, 2), rows=0, halo=1)
    assert str(error.value) == (
        "rows = 0 came: rows is a whole number of at least 1; pass rows=1, for example"
    )

"""What is padding is seen by nobody, in windows and in the grid."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from utils import ops
from utils.errors import ConfigError
from utils.reference import twins

sides = st.integers(1, 7)


@given(sides, sides, st.integers(1, 4), st.integers(1, 4), st.sampled_from(["window", "grid"]))
@settings(max_examples=40)
def test_equals_the_loops(h, w, wh, ww, kind):
    mask = ops.padding_mask((h, w), window_size=(wh, ww), kind=kind)
    want = torch.as_tensor(twins.padding_mask((h, w), window_size=(wh, ww), kind=kind))
    assert torch.equal(mask, want.to(mask))


@pytest.mark.parametrize("kind", ["window", "grid"])
def test_whatever_stands_in_the_padding_changes_nothing(kind):
    size, window_size = (5, 4), (2, 3)
    mask = ops.padding_mask(size, window_size=window_size, kind=kind)
    x = ops.pad_to_multiple(torch.randn(1, *size, 3), multiple=window_size)
    other = torch.full_like(x, 1000.0)
    other[:, :5, :4] = x[:, :5, :4]

    def attended(x):
        groups = ops.partition_windows(x, window_size=window_size, kind=kind)[:, :, :, None]
        out = ops.attention(groups, groups, groups, bias=mask[:, :, None])[:, :, :, 0]
        return ops.merge_windows(out, window_size=window_size, kind=kind)[:, :5, :4]

    torch.testing.assert_close(attended(other), attended(x), atol=1e-6, rtol=1e-6)


def test_every_query_has_a_key_and_a_full_map_hides_nothing():
    assert (ops.padding_mask((5, 7), window_size=(4, 4), kind="grid").amax(-1) == 0).all()
    assert not ops.padding_mask((4, 6), window_size=(2, 3)).any()
    with pytest.raises(ConfigError, match="window_size is two whole numbers of at least 1"):
        ops.padding_mask((4, 6), window_size=(0, 3))

"""Flow files as Middlebury defined them."""

import struct

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from utils.errors import ConfigError, ShapeError
from utils.io import known_flow, read_flo, write_flo


@given(h=st.integers(1, 9), w=st.integers(1, 9), seed=st.integers(0, 99))
def test_what_was_written_is_read(tmp_path_factory, h, w, seed):
    flow = 50 * torch.randn(2, h, w, generator=torch.Generator().manual_seed(seed))
    path = tmp_path_factory.mktemp("flow") / "a.flo"
    write_flo(path, flow)
    assert torch.equal(read_flo(path), flow)


def test_the_bytes_are_middleburys(tmp_path):
    x, y = torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[-1.0, -2.0, -3.0]])
    write_flo(tmp_path / "a.flo", torch.stack([x, y]))
    expected = struct.pack("<fii6f", 202021.25, 3, 1, 1, -1, 2, -2, 3, -3)
    assert (tmp_path / "a.flo").read_bytes() == expected


GOOD = struct.pack("<fii4f", 202021.25, 2, 1, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "'a.flo' is not a .flo file: such a file begins with the four letters PIEH"),
        (b"\x89PNG" + GOOD, "is not a .flo file"),
        (GOOD[:9], "is not a .flo file"),
        (GOOD[:-4], "has 24 bytes: a 1×2 flow takes 28; the file is damaged"),
        (GOOD + b"x", "has 29 bytes"),
        (GOOD[:4] + struct.pack("<ii", -2, 1) + GOOD[12:], "says that it is 1×-2: both sides"),
        (GOOD[:4] + struct.pack("<ii", 2, 2**30) + GOOD[12:], "says that it is"),
    ],
)
def test_damaged_files_are_said(tmp_path, content, told):
    (tmp_path / "a.flo").write_bytes(content)
    with pytest.raises(ConfigError, match=told):
        read_flo(tmp_path / "a.flo")


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(ConfigError, match=r"'a.flo' cannot be opened: .*; check the path"):
        read_flo(tmp_path / "a.flo")


@pytest.mark.parametrize("shape", [(1, 2, 4, 5), (4, 5, 2), (2, 0, 5), (3, 4, 5)])
def test_only_one_flow_is_written(tmp_path, shape):
    with pytest.raises(ShapeError, match="one flow is"):
        write_flo(tmp_path / "a.flo", torch.zeros(shape))
    assert list(tmp_path.iterdir()) == []


UNKNOWN = torch.tensor([[[1.0, torch.nan, 2e9, 3.0]], [[1.0, 0.0, 0.0, -torch.inf]]])


def test_what_is_unknown_is_marked_as_middlebury_does_and_known_again(tmp_path):
    write_flo(tmp_path / "a.flo", UNKNOWN)
    found = read_flo(tmp_path / "a.flo")
    assert found[:, 0, 0].tolist() == [1, 1]
    assert found[0, 0, 1:].tolist() == [1e10] * 3
    assert (
        known_flow(found).tolist() == known_flow(UNKNOWN).tolist() == [[True, False, False, False]]
    )


def test_integers_are_written_and_complex_numbers_refused(tmp_path):
    write_flo(tmp_path / "a.flo", torch.ones(2, 3, 4, dtype=torch.int64))
    assert torch.equal(read_flo(tmp_path / "a.flo"), torch.ones(2, 3, 4))
    with pytest.raises(ShapeError, match=r"complex64 came: a flow is real numbers"):
        write_flo(tmp_path / "a.flo", torch.ones(2, 3, 4, dtype=torch.complex64))

"""Settings are checked by what their controls can show."""

from dataclasses import dataclass

import numpy as np
import pytest

from utils.errors import ConfigError
from utils.explorers.arrays import as_json, pack, pack_result
from utils.explorers.settings import check_settings, choice, point, slider, sweep_of


@dataclass(frozen=True)
class Example:
    """One of each kind."""

    size: int = choice("Size", 4, {2: "2×2", 4: "4×4"})
    shift: int = slider("Shift", 1, low=0, high=3)
    query: tuple[int, int] = point("Query", (0, 1), size=(2, 3))


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"size": 3}, "size 3 came: size is one of 2, 4; pass size=4"),
        ({"shift": 4}, "shift 4 came: shift is a whole number from 0 to 3; pass shift=1"),
        (
            {"query": (2, 0)},
            "query (2, 0) came: query is a (row, column) from (0, 0) to (1, 2); pass query=(0, 1)",
        ),
    ],
)
def test_the_text_has_three_parts(settings, text):
    check_settings(Example())
    with pytest.raises(ConfigError) as caught:
        check_settings(Example(**settings))
    assert str(caught.value) == text


def test_the_sweep_moves_one_control_at_a_time():
    assert len(list(sweep_of(Example))) == 1 + 1 + 3 + 5


def test_arrays_travel_as_little_endian_bytes():
    packed = pack(np.array([[1.0, -2.0]]))
    assert packed["dtype"] == "<f4"
    assert np.frombuffer(packed["data"], "<f4").tolist() == [1.0, -2.0]
    assert pack(np.array([3], dtype=np.int64)) == {
        "dtype": "<i4",
        "shape": [1],
        "data": b"\x03\0\0\0",
    }
    assert as_json({"a": b"\x01", "b": [1]}) == {"a": "AQ==", "b": [1]}
    assert pack_result(Example())["shift"] == 1

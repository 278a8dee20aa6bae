"""Which device is chosen."""

import pytest
import torch

from utils.device import available_devices, pick_device


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [
        (True, True, ["cuda", "mps", "cpu"]),
        (True, False, ["cuda", "cpu"]),
        (False, True, ["mps", "cpu"]),
        (False, False, ["cpu"]),
    ],
)
def test_the_best_device_comes_first(monkeypatch, cuda, mps, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert [device.type for device in available_devices()] == expected
    assert pick_device().type == expected[0]


def test_the_chosen_device_computes():
    assert (torch.ones(2, device=pick_device()) + 1).tolist() == [2.0, 2.0]

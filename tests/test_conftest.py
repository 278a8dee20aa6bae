"""The ground that the other tests stand on really holds."""

import socket

import jaxtyping
import pytest
import torch

from utils.tap import tap


def test_annotations_are_checked():
    with pytest.raises(jaxtyping.TypeCheckError):
        tap("name", "not a tensor")  # type: ignore[arg-type]


def test_plain_types_switches_the_checks_off(plain_types):
    assert tap("name", "not a tensor") == "not a tensor"  # type: ignore[arg-type]


def test_a_connection_to_another_machine_is_refused():
    with socket.socket() as plug, pytest.raises(OSError, match="needs no internet"):
        plug.connect(("192.0.2.1", 80))  # an address reserved for documentation


def test_every_test_starts_at_the_same_seed():
    assert torch.initial_seed() == 0
    assert torch.get_num_threads() == 1

"""A peer's row is that of its quickest way, and says what was tried."""

import time

import torch
from torch import nn

from utils.cli.benches import fastest as module
from utils.cli.benches.fastest import fastest, ways
from utils.cli.benches.timing import Settings

CPU = torch.device("cpu")


def slow(seconds):
    return lambda: time.sleep(seconds)


def broken():
    raise RuntimeError("no compiler")


def row_of(monkeypatch, **took):
    monkeypatch.setattr("utils.cli.benches.timing.unit_seconds", lambda device: 0.01)
    monkeypatch.setattr(module, "ways", lambda peer, picture: took.items())
    settings = Settings(CPU, repeats=2, warmup=0)
    return fastest("peer", "1×1", nn.ReLU(), torch.zeros(1), settings, flop=5.0, note="equal")


def test_the_quickest_way_counts_and_all_are_named(monkeypatch):
    row = row_of(monkeypatch, **{"as it is": slow(0.2), "channels-last": slow(0.02)})
    assert row.timing.lowest < 0.2
    assert row.flop == 5
    assert row.note.startswith("equal; channels-last, the quickest of: as it is 2")
    row = row_of(monkeypatch, **{"as it is": slow(0.02), "compiled": broken})
    assert row.note.endswith("; compiled: RuntimeError")
    assert "as it is, the quickest of" in row.note
    row = row_of(monkeypatch, compiled=broken)
    assert row.timing is None
    assert row.note == "missing: compiled: RuntimeError"


def test_channels_last_is_a_layout_of_weights_and_picture_and_goes_again():
    peer, picture = nn.Conv2d(3, 4, 3), torch.randn(2, 3, 5, 6)
    seen = []
    peer.register_forward_pre_hook(
        lambda layer, given: seen.append(
            [x.is_contiguous(memory_format=torch.channels_last) for x in (*given, layer.weight)]
        )
    )
    for name, call in ways(peer, picture):
        if name != "compiled":
            call()
    assert seen == [[False, False], [True, True]]
    assert peer.weight.is_contiguous()

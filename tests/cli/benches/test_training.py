"""A training step goes forward, backward, and leaves the weights where they are."""

import torch

from utils.cli.benches.timing import Settings
from utils.cli.benches.training import training_row, training_rows, training_step
from utils.models import create_model

SETTINGS = Settings(torch.device("cpu"), repeats=1, warmup=0)


def test_a_gradient_reaches_every_weight_and_nothing_moves():
    torch.manual_seed(0)
    model = create_model("gmflow_nano").eval()
    before = {name: p.clone() for name, p in model.named_parameters()}
    frames = 255 * torch.rand(2, 1, 3, 32, 48)
    training_step(model, *frames)()
    assert model.training
    silent = [name for name, p in model.named_parameters() if p.grad is None]
    assert len(silent) < len(before) / 4  # what another upsampler would use
    assert all(torch.equal(before[name], p) for name, p in model.named_parameters())


def test_rows_are_fast_and_plain_with_three_times_the_arithmetic(monkeypatch):
    monkeypatch.setattr("utils.cli.benches.timing.unit_seconds", lambda device: 0.01)
    model, picture = create_model("swin_nano").eval(), torch.rand(1, 3, 32, 32)
    rows = training_rows("ours", "1×3×32×32", model, picture, settings=SETTINGS, flop=7.0)
    assert [row.name for row in rows] == [
        "ours, fast, training step",
        "ours, plain, training step",
    ]
    assert {row.flop for row in rows} == {21.0}
    assert all(row.timing.peak > 0 for row in rows)
    assert not model.training
    row = training_row("peer", "1×3×32×32", model, picture, settings=SETTINGS, flop=7.0)
    assert row.name == "peer, training step"

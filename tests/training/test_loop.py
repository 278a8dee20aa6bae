"""The loop keeps its promises: the same curve after any end, one sentence for what goes wrong."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import nn

from utils.errors import CheckpointError, ConfigError
from utils.training import Settings, TrainingError, train
from utils.training import loop as loop_module

CPU = torch.device("cpu")
SETTINGS = Settings(steps=12, batch_size=4, lr=0.05, warmup=3, save_every=3, seed=4)


def a_model() -> nn.Module:
    generator = torch.Generator().manual_seed(1)
    # Dropout draws random numbers: a run that is taken up must go on with those that came next.
    model = nn.Sequential(nn.Linear(5, 7), nn.Dropout(0.3), nn.GELU(), nn.Linear(7, 2))
    for parameter in model.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator)
    return model


def a_batch(step: int) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(step)
    x = torch.randn(4, 5, generator=generator)
    return x, x[:, :2] * 2


def squares(model: nn.Module, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
    return (model(batch[0]).float() - batch[1]).square().mean()


def run(state: Path | None = None, **rest):
    settings = rest.pop("settings", SETTINGS)
    batch = rest.pop("batch", a_batch)
    return train(
        a_model(), batch, squares, settings, state=state, device=CPU, progress=False, **rest
    )


def stop_at(step: int):
    def on_step(now: int, loss: float) -> None:
        if now == step:
            os.kill(os.getpid(), signal.SIGINT)

    return on_step


def test_every_step_is_heard_once_with_its_loss():
    heard = []
    result = run(on_step=lambda step, loss: heard.append((step, loss)))
    assert heard == list(enumerate(result.losses))
    assert len(heard) == SETTINGS.steps
    assert result.finished


def test_the_callers_random_numbers_are_left_alone():
    model = a_model()
    torch.manual_seed(9)
    expected = torch.rand(3)
    torch.manual_seed(9)
    train(model, a_batch, squares, SETTINGS, device=CPU, progress=False)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("stopped_after", [2, 5, 8])
def test_an_interrupted_run_goes_on_with_the_same_curve(tmp_path, stopped_after):
    whole = run()
    state = tmp_path / "runs" / "a.pt"
    first = run(state, on_step=stop_at(stopped_after))
    assert not first.finished
    assert len(first.losses) == stopped_after + 1  # the step it was in is finished and kept
    second = run(state)
    assert second.losses == whole.losses
    assert all(torch.equal(second.weights[k], v) for k, v in whole.weights.items())


def test_minutes_cut_a_run_into_calls(tmp_path):
    whole, state = run(), tmp_path / "a.pt"
    assert run(state, minutes=0.0).losses == []

    def slow(step: int):
        time.sleep(0.05)
        return a_batch(step)

    calls = 0
    while not (result := run(state, batch=slow, minutes=0.2 / 60)).finished:
        calls += 1
        assert calls < 20
    assert calls >= 1
    assert result.losses == whole.losses


KILLED = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import test_loop as here
def on_step(step, loss):
    print(step, flush=True)
    time.sleep(0.05)
here.run(Path(sys.argv[1]), on_step=on_step)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_killed_run_goes_on_with_the_same_curve(tmp_path):
    whole, state = run(), tmp_path / "a.pt"
    folder = str(Path(__file__).parent)
    call = [sys.executable, "-c", KILLED, str(state), folder]
    process = subprocess.Popen(call, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) == 7:  # between two states, in the middle of everything
            process.kill()
    assert process.wait() == -signal.SIGKILL
    heard = []
    result = run(state, on_step=lambda step, loss: heard.append(step))
    assert heard[0] == 6  # the last state was written after step 5
    assert result.losses == whole.losses


def test_a_loss_that_is_no_number_ends_in_a_sentence_and_keeps_the_state(tmp_path):
    state = tmp_path / "a.pt"

    def spoiled(step: int):
        x, y = a_batch(step)
        return x * float("nan") if step == 7 else x, y

    with pytest.raises(TrainingError, match=r"became nan at step 7.*a\.pt holds an earlier step"):
        run(state, batch=spoiled)
    assert run(state).losses == run().losses


def test_a_full_disk_ends_in_a_sentence_and_keeps_the_state(tmp_path, monkeypatch):
    state = tmp_path / "a.pt"
    usual = torch.save
    wrote = []

    def save(content, file):
        wrote.append(1)
        if len(wrote) == 2:
            file.write(b"half of a st")
            raise OSError(errno.ENOSPC, "No space left on device")
        usual(content, file)

    monkeypatch.setattr(loop_module.torch, "save", save)
    with pytest.raises(TrainingError, match=r"No space left on device.*state before it is whole"):
        run(state)
    assert [path.name for path in tmp_path.iterdir()] == ["a.pt"]  # and no half file beside it
    monkeypatch.undo()
    assert run(state).losses == run().losses


def test_other_settings_and_damaged_states_are_refused(tmp_path):
    state = tmp_path / "a.pt"
    run(state, on_step=stop_at(2))
    with pytest.raises(ConfigError, match="other settings"):
        run(state, settings=Settings(steps=13, warmup=3))
    state.write_bytes(state.read_bytes()[:100])
    with pytest.raises(CheckpointError, match="cannot be read"):
        run(state)


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"steps": 1, "lr": 0.0}])
def test_senseless_settings_are_refused(wrong):
    with pytest.raises(ConfigError, match="at least 1"):
        Settings(**wrong)


def test_the_average_lags_behind_the_weights():
    model = a_model()
    result = train(model, a_batch, squares, SETTINGS, device=CPU, progress=False)
    assert not torch.equal(result.weights["0.weight"], model.state_dict()["0.weight"])

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

from utils.errors import CheckpointError, ConfigError, ShapeError
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


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"steps": 0}, "steps=0 came: steps is at least 1"),
        ({"lr": 0.0}, r"lr=0.0 came: lr is above 0; the default is 0.001"),
        ({"lr": float("nan")}, "lr = nan came: lr is a finite number"),
        ({"lr": "1e-3"}, "lr = '1e-3' came: lr is a finite number"),
        ({"steps": 10.0}, "steps = 10.0 came: steps is a whole number"),
        ({"mixed": 1}, "mixed = 1 came: mixed is True or False"),
        ({"accumulate": 0}, "accumulate is at least 1"),
        ({"clip": 0}, "clip is above 0"),
        ({"ema": 1.0}, "ema is from 0 to below 1"),
        ({"warmup": -1}, "warmup is at least 0"),
    ],
)
def test_senseless_settings_are_refused(wrong, told, plain_types):
    with pytest.raises(ConfigError, match=told):
        Settings(**{"steps": 1, **wrong})


def root_of_nothing(bad):
    """A loss that is finite at every step, with a gradient that is NaN at the bad ones."""

    def loss(model, batch):
        zero = 0 * model(batch[0]).sum()
        spoiled = zero.square().sqrt() if bad(round(batch[2].item())) else zero
        return squares(model, batch[:2]) + spoiled

    return loss


def counted(step: int):
    return (*a_batch(step), torch.tensor(step))


def spoiled_run(bad, state=None, settings=SETTINGS, model=None):
    model = model or a_model()
    options = {"state": state, "device": CPU, "progress": False}
    return train(model, counted, root_of_nothing(bad), settings, **options)


def test_a_gradient_that_is_no_number_never_enters_the_weights(tmp_path):
    whole = spoiled_run(lambda step: False)
    assert whole.skipped == 0
    result = spoiled_run(lambda step: step in (4, 7), tmp_path / "a.pt")
    assert (result.skipped, result.finished, len(result.losses)) == (2, True, 12)
    assert result.losses[:5] == whole.losses[:5]
    assert result.losses[5:] != whole.losses[5:]
    assert all(value.isfinite().all() for value in result.weights.values())
    assert spoiled_run(lambda step: False, tmp_path / "a.pt").skipped == 2  # taken up, all done


def test_ten_such_steps_in_a_row_end_the_run_with_the_last_good_state_kept(tmp_path):
    settings, state = Settings(steps=40, warmup=3, save_every=3, lr=0.05), tmp_path / "a.pt"
    told = r"in 10 steps in a row, the last one 16: .*a\.pt holds an earlier step; look for a div"
    with pytest.raises(TrainingError, match=told):
        spoiled_run(lambda step: step >= 7, state, settings)
    assert len(torch.load(state, weights_only=True)["losses"]) == 6
    good = spoiled_run(lambda step: False, state, settings)
    assert good.losses == spoiled_run(lambda step: False, None, settings).losses
    # Nine are not yet ten.
    assert spoiled_run(lambda step: 7 <= step < 16, None, settings).skipped == 9


def test_a_bad_step_does_not_change_running_statistics():
    model = nn.Sequential(a_model(), nn.BatchNorm1d(2))
    kept = []

    def loss(model, batch):
        kept.append({k: v.clone() for k, v in model.state_dict().items()})
        return root_of_nothing(lambda step: step == 5)(model, batch)

    train(model, counted, loss, SETTINGS, device=CPU, progress=False)
    assert all(torch.equal(kept[6][name], value) for name, value in kept[5].items())
    assert not torch.equal(kept[7]["1.running_mean"], kept[6]["1.running_mean"])


def test_weights_that_are_no_numbers_are_neither_kept_nor_taken_up(tmp_path):
    state = tmp_path / "a.pt"
    run(state, on_step=stop_at(2))
    found = torch.load(state, weights_only=True)
    found["model"]["0.weight"][0, 0] = torch.nan
    torch.save(found, state)
    with pytest.raises(CheckpointError, match=r"weights that are NaN or infinite: .*smaller lr"):
        run(state)

    def spoil(step, loss):
        if step == 4:
            model[0].weight.data[0, 0] = torch.inf

    model = a_model()
    with pytest.raises(TrainingError, match=r"by step 6|became (nan|inf) at step 5"):
        train(model, a_batch, squares, SETTINGS, device=CPU, progress=False, on_step=spoil)


def test_a_batch_in_portions_takes_the_same_steps():
    def model():
        made = a_model()
        made[1].p = 0.0  # dropout draws anew for each portion
        return made

    def weighed(model, batch):
        return squares(model, batch[:2]) * batch[2]

    def batch(step: int):
        generator = torch.Generator().manual_seed(step)
        x = torch.randn(7, 5, generator=generator)
        return x, x[:, :2] * 2, torch.tensor(0.5)  # 7 rows in 3 portions, and a plain number

    losses, sizes = [], []
    for accumulate in (1, 3, 99):
        settings = Settings(steps=8, warmup=3, lr=0.05, accumulate=accumulate, mixed=False)
        made = model()
        made.register_forward_pre_hook(lambda module, given: sizes.append(len(given[0])))
        losses.append(train(made, batch, weighed, settings, device=CPU, progress=False).losses)
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)
    assert losses[2] == pytest.approx(losses[0], rel=1e-4)
    assert sizes[:12] == [7] * 8 + [2, 2, 3, 2]
    assert max(sizes[32:]) == 1


def test_what_is_no_batch_and_no_loss_is_said(plain_types):
    with pytest.raises(ConfigError, match="a batch of type Tensor came: a batch is a tuple"):
        run(batch=lambda step: torch.zeros(2, 5))
    with pytest.raises(ShapeError, match=r"a loss of shape \(4, 2\) came: .*take its mean"):
        train(a_model(), a_batch, lambda m, b: m(b[0]), SETTINGS, device=CPU, progress=False)


KILLED_WHILE_WRITING = """
import sys, os, signal
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import test_loop as here
from utils.training import loop
def save(content, file):
    file.write(b"half of a state")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
loop.torch.save = save
here.run(Path(sys.argv[1]))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_what_a_killed_run_leaves_is_swept_by_the_next(tmp_path):
    state, folder = tmp_path / "a.pt", str(Path(__file__).parent)
    for _ in range(2):
        subprocess.run([sys.executable, "-c", KILLED_WHILE_WRITING, str(state), folder])
        assert [path.name for path in tmp_path.iterdir()] == [".a.pt.part"]
    run(state)
    assert [path.name for path in tmp_path.iterdir()] == ["a.pt"]


def test_the_average_lags_behind_the_weights():
    model = a_model()
    result = train(model, a_batch, squares, SETTINGS, device=CPU, progress=False)
    assert not torch.equal(result.weights["0.weight"], model.state_dict()["0.weight"])

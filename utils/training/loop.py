"""The loop that trains every model of the course: read it from top to bottom.

A run is a pure function of its settings and the number of the step: `batch(step)` gives the same
pictures however often the run was cut, killed and taken up again, so the curve is the same too.
"""

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from utils.device import pick_device
from utils.errors import CheckpointError, ConfigError, CourseError
from utils.io import whole_file

Batch = tuple[Tensor, ...]
Model = TypeVar("Model", bound=nn.Module)


class TrainingError(CourseError):
    """A run cannot go on; the last state that was written is whole."""


@dataclass(frozen=True)
class Settings:
    """How long and how fast a run learns; the defaults suit a nano model."""

    steps: int
    batch_size: int = 64
    lr: float = 1e-3  # the highest; it rises over `warmup` steps and falls as half a cosine
    warmup: int = 200
    weight_decay: float = 0.05  # of matrices; biases and norms are not pulled to zero
    clip: float = 1.0  # the longest gradient
    ema: float = 0.998  # the shipped weights are an average over about 1 / (1 - ema) steps
    seed: int = 0
    save_every: int = 200
    mixed: bool = True  # matrix products in bfloat16 where the device has it

    def __post_init__(self) -> None:
        if min(self.steps, self.batch_size, self.save_every) < 1 or self.lr <= 0:
            raise ConfigError(
                f"{self} came",
                allowed="steps, batch_size and save_every are at least 1, and lr is above 0",
                mend="Settings(steps=1000) is a good start",
            )


@dataclass(frozen=True)
class Run:
    """What a call of `train` leaves: the averaged weights, every loss so far, how far it came."""

    weights: dict[str, Tensor]
    losses: list[float]
    seconds: float
    finished: bool


def train(
    model: Model,
    batch: Callable[[int], Batch],
    loss_of: Callable[[Model, Batch], Tensor],
    settings: Settings,
    *,
    state: Path | None = None,
    device: torch.device | None = None,
    minutes: float | None = None,
    on_step: Callable[[int, float], None] | None = None,
    progress: bool = True,
) -> Run:
    """Train, or go on with, a model; give back the moving average of its weights.

    `batch(step)` makes the data of a step, `loss_of(model, batch)` one number to make small. With a
    `state` file the run goes on where that file stops, and is kept there every `save_every` steps.
    `minutes` ends this call early; the same call goes on. `on_step(step, loss)` hears every step.
    Raises: TrainingError for a loss that is no number, and for a state that cannot be written.

    >>> line = nn.Linear(1, 1)
    >>> points = torch.linspace(0, 1, 8)[:, None]
    >>> squares = lambda model, batch: (model(batch[0]) - 3 * batch[0]).square().mean()
    >>> settings = Settings(steps=200, lr=0.1, warmup=5, weight_decay=0.0, ema=0.9)
    >>> run = train(line, lambda step: (points,), squares, settings, progress=False)
    >>> run.finished, run.losses[-1] < 0.01
    (True, True)
    """
    device = device or pick_device()
    model = model.to(device).train()
    optimizer = _optimizer(model, settings)
    average = {name: value.detach().clone() for name, value in model.state_dict().items()}
    losses: list[float] = []
    before = 0.0
    started = time.perf_counter()

    with torch.random.fork_rng(), _polite_interrupt() as interrupted:
        torch.manual_seed(settings.seed)
        if state is not None and state.exists():
            losses, before = _take_up(state, model, average, optimizer, settings)
        bar = tqdm(total=settings.steps, initial=len(losses), disable=not progress, unit="step")
        while len(losses) < settings.steps and not interrupted.is_set():
            if minutes is not None and time.perf_counter() - started > 60 * minutes:
                break
            step = len(losses)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(step, settings)
            data = tuple(part.to(device) for part in batch(step))
            with mixed_precision(device, wanted=settings.mixed):
                loss = loss_of(model, data)
            if not math.isfinite(loss.item()):
                raise _not_a_number(step, loss.item(), state)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
            optimizer.step()
            _follow(average, model, min(settings.ema, (step + 1) / (step + 10)))
            losses.append(loss.item())
            bar.update()
            bar.set_postfix(loss=f"{sum(losses[-50:]) / len(losses[-50:]):.3f}", refresh=False)
            if on_step is not None:
                on_step(step, losses[-1])
            if state is not None and len(losses) % settings.save_every == 0:
                seconds = before + time.perf_counter() - started
                _keep(state, model, average, optimizer, settings, losses, seconds)
        bar.close()
        seconds = before + time.perf_counter() - started
        if state is not None and len(losses) % settings.save_every:
            _keep(state, model, average, optimizer, settings, losses, seconds)
    return Run(average, losses, seconds, finished=len(losses) == settings.steps)


def learning_rate(step: int, settings: Settings) -> float:
    """A straight rise over the warm-up, then half a cosine down to a hundredth.

    >>> settings = Settings(steps=110, lr=1.0, warmup=10)
    >>> [round(learning_rate(step, settings), 3) for step in (0, 9, 10, 60, 109)]
    [0.1, 1.0, 1.0, 0.505, 0.01]
    """
    if step < settings.warmup:
        return settings.lr * (step + 1) / settings.warmup
    done = (step - settings.warmup) / max(1, settings.steps - settings.warmup)
    return settings.lr * (0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)


def mixed_precision(device: torch.device, *, wanted: bool = True) -> torch.autocast:
    """Matrix products in bfloat16 where they are wanted and the device has them in hardware.

    On the CPU this is more than twice as fast where it has the instructions, and slower elsewhere.
    """
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        fast = device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()
    return torch.autocast(device.type, torch.bfloat16, enabled=wanted and fast)


def _optimizer(model: nn.Module, settings: Settings) -> torch.optim.AdamW:
    parameters = [p for p in model.parameters() if p.requires_grad]
    matrices = [p for p in parameters if p.ndim > 1]
    rest = [p for p in parameters if p.ndim <= 1]
    groups = [
        {"params": matrices, "weight_decay": settings.weight_decay},
        {"params": rest, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.lr)


@torch.no_grad()
def _follow(average: dict[str, Tensor], model: nn.Module, keep: float) -> None:
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            average[name].lerp_(value, 1 - keep)
        else:
            average[name].copy_(value)


def _keep(
    state: Path,
    model: nn.Module,
    average: dict[str, Tensor],
    optimizer: torch.optim.Optimizer,
    settings: Settings,
    losses: list[float],
    seconds: float,
) -> None:
    everything = {
        "model": model.state_dict(),
        "average": average,
        "optimizer": optimizer.state_dict(),
        "losses": losses,
        "seconds": seconds,
        "settings": asdict(settings),
        "random": torch.get_rng_state(),
        "random_cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }
    try:
        state.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(state) as file:
            torch.save(everything, file)
    except (OSError, RuntimeError) as error:  # torch turns a full disk into a RuntimeError
        kept = "the state before it is whole" if state.exists() else "no state was written yet"
        raise TrainingError(
            f"step {len(losses)} could not be written to {state.name} ({error})",
            allowed=f"a state needs room on the disk, and {kept}",
            mend="make room and give the same command again: it goes on from there",
        ) from error


def _take_up(
    state: Path,
    model: nn.Module,
    average: dict[str, Tensor],
    optimizer: torch.optim.Optimizer,
    settings: Settings,
) -> tuple[list[float], float]:
    try:
        found: dict[str, Any] = torch.load(state, map_location="cpu", weights_only=True)
        same = found["settings"] == asdict(settings)
    except Exception as error:  # a damaged file shows itself in many ways
        raise CheckpointError(
            f"{state.name} cannot be read ({type(error).__name__})",
            allowed="a state is a file that this loop wrote",
            mend="delete it to begin anew",
        ) from error
    if not same:
        raise ConfigError(
            f"{state.name} of a run with other settings came",
            allowed="a run goes on with the settings it began with",
            mend="delete the file to begin anew, or give the settings it began with",
        )
    model.load_state_dict(found["model"])
    for name, value in found["average"].items():
        average[name].copy_(value)
    optimizer.load_state_dict(found["optimizer"])
    torch.set_rng_state(found["random"])
    if torch.cuda.is_available() and found["random_cuda"]:
        torch.cuda.set_rng_state_all(found["random_cuda"])
    return list(found["losses"]), found["seconds"]


def _not_a_number(step: int, loss: float, state: Path | None) -> TrainingError:
    kept = f"{state.name} holds an earlier step" if state and state.exists() else "nothing is kept"
    return TrainingError(
        f"the loss became {loss} at step {step}",
        allowed=f"a loss is a finite number; {kept}",
        mend="begin anew with a smaller lr or a longer warmup",
    )


@contextmanager
def _polite_interrupt() -> Iterator[threading.Event]:
    """The first Ctrl-C lets the step end, so that it can be kept; a second one ends at once."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    usual = signal.getsignal(signal.SIGINT)

    def once(number: int, frame: Any) -> None:
        asked.set()
        signal.signal(signal.SIGINT, usual)

    signal.signal(signal.SIGINT, once)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, usual)

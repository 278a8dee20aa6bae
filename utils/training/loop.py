"""The loop that trains every model of the course: read it from top to bottom.

A run is a pure function of its settings and the number of the step: `batch(step)` gives the same
pictures however often the run was cut, killed and taken up again, so the curve is the same too.
"""

import math
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from utils.contracts import check_fields, checked
from utils.device import pick_device
from utils.errors import (
    CheckpointError,
    ConfigError,
    CourseError,
    ShapeError,
    check_at_least_one,
)
from utils.fast import fast
from utils.io import whole_file
from utils.io.paths import as_path

MOST_SKIPPED = 10  # steps in a row without a usable gradient

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
    accumulate: int = 1  # portions of a batch whose gradients are added: less memory, same step
    ema: float = 0.998  # the shipped weights are an average over about 1 / (1 - ema) steps
    seed: int = 0
    save_every: int = 200
    mixed: bool = True  # matrix products in bfloat16 where the device has it

    def __post_init__(self) -> None:
        check_fields(self)
        check_at_least_one(self, "steps", "batch_size", "save_every", "accumulate")
        for name, good, allowed in (
            ("lr", 0 < self.lr < math.inf, "above 0"),
            ("warmup", self.warmup >= 0, "at least 0"),
            ("weight_decay", 0 <= self.weight_decay < math.inf, "at least 0"),
            ("clip", self.clip > 0, "above 0"),
            ("ema", 0 <= self.ema < 1, "from 0 to below 1"),
        ):
            if not good:
                raise ConfigError(
                    f"{name}={getattr(self, name)} came",
                    allowed=f"{name} is {allowed}",
                    mend=f"the default is {getattr(Settings, name, 1e-3)}",
                )


@dataclass(frozen=True)
class Run:
    """What a call of `train` leaves: the averaged weights, every loss so far, how far it came.

    `skipped` counts the steps whose gradient was NaN or infinite: they changed nothing.
    """

    weights: dict[str, Tensor]
    losses: list[float]
    seconds: float
    finished: bool
    skipped: int = 0


@fast()
@checked()
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
    A step whose gradient is NaN or infinite is skipped and counted; ten in a row end the run.
    Raises: TrainingError for a loss that is no number, for ten such steps, and for a state that
    cannot be written; the state that was written last is then a good one.

    >>> line = nn.Linear(1, 1)
    >>> points = torch.linspace(0, 1, 8)[:, None]
    >>> squares = lambda model, batch: (model(batch[0]) - 3 * batch[0]).square().mean()
    >>> settings = Settings(steps=200, lr=0.1, warmup=5, weight_decay=0.0, ema=0.9)
    >>> run = train(line, lambda step: (points,), squares, settings, progress=False)
    >>> run.finished, run.losses[-1] < 0.01
    (True, True)
    """
    _refuse_other_parts(model, settings, batch=batch, loss_of=loss_of, on_step=on_step)
    state = None if state is None else as_path(state)
    device = torch.device(device or pick_device())
    model = model.to(device).train()
    optimizer = _optimizer(model, settings)
    average = {name: value.detach().clone() for name, value in model.state_dict().items()}
    losses: list[float] = []
    before, skipped, in_a_row = 0.0, 0, 0
    started = time.perf_counter()

    with torch.random.fork_rng(), _polite_interrupt() as interrupted:
        torch.manual_seed(settings.seed)
        if state is not None and state.exists():
            losses, before, skipped = _take_up(state, model, average, optimizer, settings)
        bar = tqdm(total=settings.steps, initial=len(losses), disable=not progress, unit="step")
        while len(losses) < settings.steps and not interrupted.is_set():
            if minutes is not None and time.perf_counter() - started > 60 * minutes:
                break
            step = len(losses)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(step, settings)
            buffers = [buffer.clone() for buffer in model.buffers()]
            optimizer.zero_grad()
            loss = _backward(model, batch(step), loss_of, settings, device=device)
            if not math.isfinite(loss):
                raise _not_a_number(step, loss, state)
            length = nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
            if math.isfinite(length):
                optimizer.step()
                _follow(average, model, min(settings.ema, (step + 1) / (step + 10)))
                in_a_row = 0
            else:
                _put_back(model, buffers)
                skipped, in_a_row = skipped + 1, in_a_row + 1
                if in_a_row == MOST_SKIPPED:
                    raise _no_gradient(step, state)
            losses.append(loss)
            bar.update()
            bar.set_postfix(loss=f"{sum(losses[-50:]) / len(losses[-50:]):.3f}", refresh=False)
            if on_step is not None:
                on_step(step, losses[-1])
            # In the middle of bad steps nothing is kept: the run might end here.
            if state is not None and len(losses) % settings.save_every == 0 and not in_a_row:
                seconds = before + time.perf_counter() - started
                _keep(state, model, average, optimizer, settings, losses, seconds, skipped)
        bar.close()
        seconds = before + time.perf_counter() - started
        _refuse_no_numbers(model, len(losses), state)
        if state is not None and losses and (in_a_row or len(losses) % settings.save_every):
            _keep(state, model, average, optimizer, settings, losses, seconds, skipped)
    return Run(average, losses, seconds, len(losses) == settings.steps, skipped)


def _refuse_other_parts(model: Any, settings: Any, **functions: Any) -> None:
    """What the annotations of `train` cannot hold to."""
    if not isinstance(model, nn.Module) or not isinstance(settings, Settings):
        raise ConfigError(
            f"a {type(model).__name__} and a {type(settings).__name__} came to be trained",
            allowed="a model is a torch.nn.Module, and its settings are Settings",
            mend="train(model, batch, loss_of, Settings(steps=100), ...)",
        )
    for name, function in functions.items():
        if not callable(function) and not (name == "on_step" and function is None):
            raise ConfigError(
                f"{name} came as a {type(function).__name__}",
                allowed="batch(step) makes data, loss_of(model, batch) a number, on_step(step, "
                "loss) hears of each step",
                mend=f"pass {name} as a function",
            )


def _backward(
    model: Model,
    batch: Batch,
    loss_of: Callable[[Model, Batch], Tensor],
    settings: Settings,
    *,
    device: torch.device,
) -> float:
    """Leave the gradient of a batch's loss in the parameters, portion by portion; the loss."""
    total = 0.0
    for portion, share in _portions(batch, settings.accumulate):
        data = tuple(part.to(device) for part in portion)
        with mixed_precision(device, wanted=settings.mixed):
            loss = loss_of(model, data)
        if loss.numel() != 1:
            raise ShapeError(
                f"a loss of shape {tuple(loss.shape)} came",
                allowed="a loss is one number",
                mend="take its mean()",
            )
        total += share * loss.item()
        if not math.isfinite(total):
            return total
        (share * loss if share < 1 else loss).backward()
    return total


def _portions(batch: Batch, count: int) -> Iterator[tuple[Batch, float]]:
    """A batch cut into so many portions, and the share of each; what has no axis goes into all."""
    if not isinstance(batch, tuple) or not all(isinstance(part, Tensor) for part in batch):
        raise ConfigError(
            f"a batch of type {type(batch).__name__} came",
            allowed="a batch is a tuple of tensors",
            mend="return (pictures, labels), or (pictures,) for one tensor",
        )
    size = max((len(part) for part in batch if part.ndim), default=0)
    if count == 1 or size < 2:
        yield batch, 1.0
        return
    cuts = [size * i // count for i in range(count + 1)]
    for start, end in pairwise(cuts):
        if start < end:
            yield (
                tuple(part[start:end] if part.ndim else part for part in batch),
                (end - start) / size,
            )


@torch.no_grad()
def _put_back(model: nn.Module, buffers: list[Tensor]) -> None:
    """Undo what a bad step wrote into running statistics."""
    for buffer, kept in zip(model.buffers(), buffers, strict=True):
        buffer.copy_(kept)


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
    skipped: int,
) -> None:
    _refuse_no_numbers(model, len(losses), state)
    everything = {
        "model": model.state_dict(),
        "average": average,
        "optimizer": optimizer.state_dict(),
        "losses": losses,
        "seconds": seconds,
        "skipped": skipped,
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
) -> tuple[list[float], float, int]:
    try:
        found: dict[str, Any] = torch.load(state, map_location="cpu", weights_only=True)
        same = same_settings(found["settings"], settings)
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
    if not _is_finite(found["model"].values()):
        raise CheckpointError(
            f"{state.name} holds weights that are NaN or infinite",
            allowed="a run goes on from finite weights",
            mend="delete the file and begin anew with a smaller lr or a longer warmup",
        )
    model.load_state_dict(found["model"])
    for name, value in found["average"].items():
        average[name].copy_(value)
    optimizer.load_state_dict(found["optimizer"])
    torch.set_rng_state(found["random"])
    if torch.cuda.is_available() and found["random_cuda"]:
        torch.cuda.set_rng_state_all(found["random_cuda"])
    return list(found["losses"]), found["seconds"], found.get("skipped", 0)


def same_settings(stored: dict[str, Any], settings: Settings) -> bool:
    """Whether a stored run was made with these settings; one that it does not name had its default.

    >>> same_settings({"steps": 9}, Settings(steps=9))
    True
    """
    return {**asdict(Settings(steps=settings.steps)), **stored} == asdict(settings)


def _is_finite(tensors: Iterable[Tensor]) -> bool:
    return all(bool(x.isfinite().all()) for x in tensors if x.is_floating_point())


def _refuse_no_numbers(model: nn.Module, step: int, state: Path | None) -> None:
    if not _is_finite(model.state_dict().values()):
        raise TrainingError(
            f"the weights became NaN or infinite by step {step}",
            allowed=f"weights are finite numbers; {_kept(state)}",
            mend="begin anew with a smaller lr or a longer warmup",
        )


def _no_gradient(step: int, state: Path | None) -> TrainingError:
    return TrainingError(
        f"the gradient was NaN or infinite in {MOST_SKIPPED} steps in a row, the last one {step}",
        allowed=f"such steps are skipped, while they are few; {_kept(state)}",
        mend="look for a division by 0 or a root of 0 in the loss, or try a smaller lr",
    )


def _kept(state: Path | None) -> str:
    return f"{state.name} holds an earlier step" if state and state.exists() else "nothing is kept"


def _not_a_number(step: int, loss: float, state: Path | None) -> TrainingError:
    return TrainingError(
        f"the loss became {loss} at step {step}",
        allowed=f"a loss is a finite number; {_kept(state)}",
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

"""What every recipe has, and how it is followed: train, measure, write the weights and the card."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from utils.checkpoints.shipped import SHIPPED, load_shipped, read_card, save_shipped
from utils.contracts import checked
from utils.device import pick_device
from utils.errors import ConfigError
from utils.io import write_json
from utils.io.paths import as_path
from utils.training.loop import Batch, Run, Settings, mixed_precision, train
from utils.world import WorldConfig

STATES = Path("runs")
SPLITS = ("val", "test")


class Task(ABC):
    """What one model learns from: its data, its loss, and how good it is in the end.

    `model` is what is shipped; `learner` is what the loop trains, the model itself or the model
    with heads that are thrown away.
    """

    model: nn.Module
    learner: nn.Module

    @abstractmethod
    def batch(self, step: int) -> Batch:
        """The data of one step, the same whenever it is asked for."""

    @abstractmethod
    def loss(self, learner: nn.Module, batch: Batch) -> Tensor:
        """One number to make small."""

    @abstractmethod
    def measure(self, split: str) -> dict[str, Any]:
        """The metrics of `model` on scenes, and photographs, that it has not seen."""


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the weights of one shipped file."""

    name: str
    task: Callable[["Recipe"], Task]
    settings: Settings
    world: WorldConfig
    data: str  # in words, for the card
    model: str = ""  # for `create_model`, where the file has another name
    segmenter: int = 0  # number of classes, where the model is a segmenter
    pool: int = 0  # painted scenes that come back in new clothes; 0 paints each step anew
    tested: int = 4000  # scenes of the test split


@checked()
def follow(
    recipe: Recipe,
    *,
    folder: Path = STATES,
    shipped: Path = SHIPPED,
    minutes: float | None = None,
    device: torch.device | None = None,
    on_step: Callable[[int, float], None] | None = None,
    progress: bool = True,
) -> tuple[Run, dict[str, Any] | None]:
    """Train until the recipe is done or the minutes are over; when done, write weights and card."""
    if not isinstance(recipe, Recipe):
        raise ConfigError(
            f"a {type(recipe).__name__} came to be followed",
            allowed="a recipe says what is trained, on what and how long",
            mend='find_recipe("swin_nano") gives one',
        )
    folder, shipped = as_path(folder), as_path(shipped)
    device = torch.device(device or pick_device())
    task = begin(recipe)
    run = train(
        task.learner,
        task.batch,
        task.loss,
        recipe.settings,
        state=folder / f"{recipe.name}.pt",
        device=device,
        minutes=minutes,
        on_step=on_step,
        progress=progress,
    )
    if not run.finished:
        return run, None
    task.learner.load_state_dict(run.weights)
    return run, ship(recipe, task, run, device=device, folder=shipped)


def begin(recipe: Recipe) -> Task:
    """The task with its untrained model, the same on every machine."""
    with torch.random.fork_rng():
        torch.manual_seed(recipe.settings.seed)
        return recipe.task(recipe)


def ship(
    recipe: Recipe, task: Task, run: Run, *, device: torch.device, folder: Path
) -> dict[str, Any]:
    """Measure the weights as they are shipped, in float16, and write them with their card."""
    model = task.model
    model.load_state_dict({k: _halved(v) for k, v in model.state_dict().items()})
    metrics = _measured(task)
    card = {
        "model": recipe.model or recipe.name,
        "overrides": {},
        "command": f"python3 course.py train {recipe.name}",
        "data": recipe.data,
        "world": asdict(recipe.world),
        "settings": asdict(recipe.settings),
        "scenes": recipe.pool or recipe.settings.steps * recipe.settings.batch_size,
        "parameters": sum(p.numel() for p in model.parameters()),
        "metrics": metrics,
        "tested_on": recipe.tested,
        "minutes": round(run.seconds / 60, 1),
        **({"skipped_steps": run.skipped} if run.skipped else {}),
        "hardware": describe(device),
        "precision": precision(recipe.settings, device),
        "torch": torch.__version__,
        "date": time.strftime("%Y-%m-%d"),
    }
    save_shipped(recipe.name, model, card, folder=folder)
    return card


def measure_again(recipe: Recipe, *, folder: Path = SHIPPED) -> dict[str, Any]:
    """Measure the shipped weights as they lie there, and write their card with what came out."""
    task = begin(recipe)
    task.model.load_state_dict(load_shipped(recipe.name).state_dict())
    card = {**read_card(recipe.name), "metrics": _measured(task)}
    card["measured"] = time.strftime("%Y-%m-%d")
    write_json(folder / f"{recipe.name}.json", card)
    return card


def _measured(task: Task) -> dict[str, Any]:
    task.model.eval()
    with torch.no_grad():
        return {split: task.measure(split) for split in SPLITS}


def describe(device: torch.device) -> str:
    """What computed, in words."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"CPU, {threads} thread{'s' if threads > 1 else ''}" if device.type == "cpu" else "MPS"


def precision(settings: Settings, device: torch.device) -> str:
    """In what the matrix products were computed."""
    fast = mixed_precision(device, wanted=settings.mixed)._enabled
    return "bfloat16" if fast else "float32"


def _halved(value: torch.Tensor) -> torch.Tensor:
    return value.half().to(value.dtype) if value.is_floating_point() else value

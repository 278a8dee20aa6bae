"""One recipe per shipped weight file: `python3 course.py train NAME` follows it."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from utils.checkpoints.shipped import SHIPPED, save_shipped
from utils.device import pick_device
from utils.errors import ConfigError
from utils.models import create_model
from utils.models.swin import Swin
from utils.training.evaluate import classify
from utils.training.hints import Hinted, hinted_loss, wide_start
from utils.training.loop import Run, Settings, mixed_precision, train
from utils.training.pictures import PicturePool
from utils.world import WorldConfig

STATES = Path("runs")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the weights of one shipped file."""

    name: str
    settings: Settings
    world: WorldConfig
    pool: int  # painted scenes; each comes back mirrored and in other colors
    data: str
    tested: int = 4000  # scenes of the test split


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="swin_nano",
            settings=Settings(steps=6000, lr=2e-3),
            world=WorldConfig(size=(64, 64)),
            pool=20_480,
            data="Shapes World, 64x64, training split, mirrored and with channels exchanged",
        ),
    )
}


def find_recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises: ConfigError for a name without a recipe.
    """
    if name not in RECIPES:
        raise ConfigError(
            f"the name {name!r} came",
            allowed=f"there are recipes for {', '.join(RECIPES)}",
            mend="choose one of them",
        )
    return RECIPES[name]


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
    device = device or pick_device()
    hinted = begin(recipe)
    pool = PicturePool(recipe.world, count=recipe.pool)
    settings = recipe.settings
    run = train(
        hinted,
        lambda step: pool.batch(step, batch_size=settings.batch_size, seed=settings.seed),
        hinted_loss,
        settings,
        state=folder / f"{recipe.name}.pt",
        device=device,
        minutes=minutes,
        on_step=on_step,
        progress=progress,
    )
    if not run.finished:
        return run, None
    hinted.load_state_dict(run.weights)
    return run, ship(recipe, hinted.model, run, device=device, folder=shipped)


def begin(recipe: Recipe) -> Hinted:
    """The untrained model with its hints, the same on every machine."""
    with torch.random.fork_rng():
        torch.manual_seed(recipe.settings.seed)
        model = create_model(recipe.name)
        assert isinstance(model, Swin), "the hints are made for Swin"
        hinted = Hinted(model)
        wide_start(hinted.model)
    return hinted


def ship(
    recipe: Recipe, model: nn.Module, run: Run, *, device: torch.device, folder: Path
) -> dict[str, Any]:
    """Measure the weights as they are shipped, in float16, and write them with their card."""
    model.load_state_dict({k: _halved(v) for k, v in model.state_dict().items()})
    metrics = {
        split: classify(model, recipe.world, split=split, count=recipe.tested)
        for split in ("val", "test")
    }
    card = {
        "model": recipe.name,
        "overrides": {},
        "command": f"python3 course.py train {recipe.name}",
        "data": recipe.data,
        "world": asdict(recipe.world),
        "settings": asdict(recipe.settings),
        "scenes": recipe.pool,
        "parameters": sum(p.numel() for p in model.parameters()),
        "metrics": metrics,
        "tested_on": recipe.tested,
        "minutes": round(run.seconds / 60, 1),
        "hardware": describe(device),
        "precision": "bfloat16" if mixed_precision(device)._enabled else "float32",
        "torch": torch.__version__,
        "date": time.strftime("%Y-%m-%d"),
    }
    save_shipped(recipe.name, model, card, folder=folder)
    return card


def describe(device: torch.device) -> str:
    """What computed, in words."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return "CPU" if device.type == "cpu" else device.type


def _halved(value: torch.Tensor) -> torch.Tensor:
    return value.half().to(value.dtype) if value.is_floating_point() else value

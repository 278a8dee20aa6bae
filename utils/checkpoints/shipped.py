"""The small weights that come with the course: each `NAME.safetensors` has a card `NAME.json`."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import nn

from utils.checkpoints.files import read_file
from utils.errors import CheckpointError
from utils.io import write_bytes, write_json
from utils.models import Segmenter, create_model, segmenter

SHIPPED = Path(__file__).parent / "shipped"


def list_shipped() -> list[str]:
    """The names that `load_shipped` knows."""
    return sorted(path.stem for path in SHIPPED.glob("*.safetensors"))


def read_card(name: str) -> dict[str, Any]:
    """How a shipped file was made: command, seed, steps, hardware, data, metrics, versions."""
    path, short = SHIPPED / f"{name}.json", str(name)[:40]
    if not isinstance(name, str) or name not in list_shipped() or not path.is_file():
        raise CheckpointError(
            f"the name {short!r} came",
            allowed=f"shipped weights are {', '.join(list_shipped()) or 'none yet'}",
            mend=f"pass one of them, or make the file with `python3 course.py train {short}`",
        )
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CheckpointError(
            f"the card {path.name} cannot be read",
            allowed="a card is a JSON file that came with the course",
            mend=f"get it again, or make it with `python3 course.py train {name}`",
        ) from error


def load_shipped(name: str) -> nn.Module:
    """The trained model of that name, float32, in eval mode, on the CPU.

    A card with the entry `segmenter` stands for the small head on top of the card's model.
    Raises: CheckpointError for a name that is not shipped.
    """
    card = read_card(name)
    build = segmenter if "segmenter" in card else create_model
    settings = {**card.get("segmenter", {}), **_as_tuples(card.get("overrides", {}))}
    model = build(card["model"], **settings)
    weights = read_file(SHIPPED / f"{name}.safetensors")
    try:
        model.load_state_dict({key: value.float() for key, value in weights.items()})
    except RuntimeError as error:
        raise CheckpointError(
            f"{name}.safetensors does not fit its card",
            allowed=f"the weights of a {card['model']}",
            mend=f"make both again: python3 course.py train {name}",
        ) from error
    return model.eval()


def save_shipped(
    name: str, model: nn.Module, card: dict[str, Any], *, folder: Path = SHIPPED
) -> Path:
    """Write a model's weights in float16 and its card beside it, each whole or not at all.

    The card's `model` is a name of `create_model`, also for a segmenter: what its head needs to be
    built again is read off the head.
    """
    if isinstance(model, Segmenter):
        head = model.head
        card = {**card, "segmenter": {"classes": head.out_features, "hidden": head.in_features}}
    weights = {
        key: value.detach().cpu().to(torch.float16 if value.is_floating_point() else value.dtype)
        for key, value in model.state_dict().items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.safetensors"
    write_bytes(path, save({key: value.contiguous() for key, value in weights.items()}))
    write_json(folder / f"{name}.json", card)
    return path


def _as_tuples(overrides: dict[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in overrides.items()}

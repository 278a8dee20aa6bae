"""The small weights that come with the course: each `NAME.safetensors` has a card `NAME.json`."""

import json
import re
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import nn

from utils.checkpoints.files import read_file
from utils.errors import CheckpointError
from utils.io import write_bytes, write_json
from utils.io.paths import as_path
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
    Raises: CheckpointError for what is no name, no model or no card.
    """
    _refuse_what_cannot_be_saved(name, model, card)
    folder = as_path(folder)
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


def _refuse_what_cannot_be_saved(name: Any, model: Any, card: Any) -> None:
    if not isinstance(name, str) or not re.fullmatch(r"\w[\w.-]*", name):
        raise CheckpointError(
            f"the name {str(name)[:40]!r} came",
            allowed="a name is the text before .safetensors, without a folder",
            mend='name it "swin_nano", for example, and say where with folder=',
        )
    if not isinstance(model, nn.Module) or not isinstance(card, dict):
        raise CheckpointError(
            f"a {type(model).__name__} and a {type(card).__name__} came to be saved as {name!r}",
            allowed="a model is a torch.nn.Module, its card a dict",
            mend='save_shipped("swin_nano", model, {"model": "swin_nano"}), for example',
        )
    try:
        json.dumps(card)
    except (TypeError, ValueError) as error:
        raise CheckpointError(
            f"a card that JSON cannot hold came ({str(error)[:80]})",
            allowed="texts, numbers, lists and dicts of them",
            mend="turn tensors into numbers with .tolist() or .item()",
        ) from error


def _as_tuples(overrides: dict[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in overrides.items()}

"""Read a weight file without executing anything that is in it."""

import pickle
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from utils.errors import CheckpointError


def read_file(path: str | Path) -> dict:
    """What a `.safetensors` or a torch weight file holds; never runs code from it.

    Raises: CheckpointError for a missing, truncated or foreign file, and for one with code in it.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(
            f"there is no file {path}",
            allowed="a weight file on this machine's disk",
            mend="download it first (the README says where the authors publish theirs)",
        )
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"{path.name} holds Python objects beside tensors, or is no weight file",
            allowed="files of tensors only; nothing in this file was executed",
            mend="ask its author for a safetensors file, or convert it where you trust it",
        ) from error
    except (SafetensorError, RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise CheckpointError(
            f"{path.name} cannot be read ({reason})",
            allowed="a whole .safetensors or torch weight file",
            mend="it is probably cut short: download it again and compare its size",
        ) from error
    if not isinstance(content, dict):
        raise CheckpointError(
            f"{path.name} holds a {type(content).__name__}",
            allowed="a weight file holds a dict from names to tensors",
            mend="save model.state_dict(), not the model",
        )
    return content


def only_tensors(content: dict) -> dict[str, Tensor]:
    """The entries that are tensors under a text name."""
    return {k: v for k, v in content.items() if isinstance(k, str) and isinstance(v, Tensor)}

"""Read a weight file without executing anything that is in it."""

import pickle
import warnings
import zipfile
from pathlib import Path
from typing import Any, NoReturn

import torch
from safetensors.torch import load_file
from torch import Tensor

from utils.errors import CheckpointError
from utils.io.paths import as_path

OLD_TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"  # how a file of torch's first format begins
# What people have on disk in place of a weight file, by how it begins.
TAKEN_FOR_IT = {
    b"version https://git-lfs": ("a pointer of Git LFS", "get the file itself: git lfs pull"),
    b"<!doctype": ("a web page", "download the file itself, not the page that shows it"),
    b"<html": ("a web page", "download the file itself, not the page that shows it"),
    b"\x89hdf": ("an HDF5 file", "take the file that the authors publish for PyTorch"),
    b"gif8": ("a picture", "name the weight file"),
    b"\x89png": ("a picture", "name the weight file"),
    b"\xff\xd8\xff": ("a picture", "name the weight file"),
}


def read_file(path: str | Path) -> dict[Any, Any]:
    """What a safetensors or a torch weight file holds, whatever its name; never runs code from it.

    Raises: CheckpointError for a missing, truncated or foreign file, and for one with code in it.
    """
    path = as_path(path)
    if not path.is_file():
        raise CheckpointError(
            f"there is no file {path}",
            allowed="a weight file on this machine's disk",
            mend="download it first (the README says where the authors publish theirs)",
        )
    try:
        with path.open("rb") as file:
            start = file.read(64)
        _refuse_other_kinds(path, start)
        if start[8:9] == b"{":  # after the length of its header; a torch file begins otherwise
            return load_file(path)
        # An open file, since by its name torch would choose the reader.
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what damaged files seem to be
            content = torch.load(file, map_location="cpu", weights_only=True)
    except CheckpointError:
        raise
    except Exception as error:  # a damaged file shows itself in many ways
        _explain(path, error)
    if not isinstance(content, dict):
        raise CheckpointError(
            f"{path.name} holds a {type(content).__name__}",
            allowed="a weight file holds a dict from names to tensors",
            mend="save model.state_dict(), not the model",
        )
    return content


def _refuse_other_kinds(path: Path, start: bytes) -> None:
    for sign, (kind, mend) in TAKEN_FOR_IT.items():
        if start.lower().startswith(sign):
            raise CheckpointError(
                f"{path.name} is {kind}", allowed="a .safetensors or torch weight file", mend=mend
            )


def _explain(path: Path, error: Exception) -> NoReturn:
    """The sentence for what the reader raised."""
    text = str(error)
    if _is_script(path):
        raise CheckpointError(
            f"{path.name} is a TorchScript program",
            allowed="files of tensors only; nothing in this file was executed",
            mend="where you trust it, save torch.jit.load(file).state_dict() with torch.save",
        ) from error
    if isinstance(error, pickle.UnpicklingError) and (" GLOBAL " in text or _is_plain_pickle(path)):
        raise CheckpointError(
            f"{path.name} holds Python objects beside tensors",
            allowed="files of tensors only; nothing in this file was executed",
            mend="ask its author for a safetensors file, or convert it where you trust it",
        ) from error
    lines = [x for x in text.splitlines() if x and not x.startswith("Weights only load failed")]
    reason = lines[0][:100] if lines else type(error).__name__
    raise CheckpointError(
        f"{path.name} cannot be read ({reason})",
        allowed="a whole .safetensors or torch weight file",
        mend="it is damaged, cut short or no weight file: get it again and compare its size",
    ) from error


def _is_plain_pickle(path: Path) -> bool:
    """Whether Python's pickle wrote it, and not torch.save."""
    with path.open("rb") as file:
        start = file.read(len(OLD_TORCH))
    return start[:1] == OLD_TORCH[:1] and start != OLD_TORCH


def _is_script(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("constants.pkl") for name in archive.namelist())
    except Exception:  # no archive, or a broken one: then it is no program either
        return False


def only_tensors(content: dict[Any, Any]) -> dict[str, Tensor]:
    """The entries that are tensors under a text name."""
    return {k: v for k, v in content.items() if isinstance(k, str) and isinstance(v, Tensor)}

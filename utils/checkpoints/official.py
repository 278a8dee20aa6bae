"""`load_official`: a file as the authors publish it, into our model, all of it or nothing."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from utils.checkpoints.files import only_tensors, read_file
from utils.checkpoints.tables import TABLES, Table
from utils.errors import CheckpointError

# Where authors put the weights in their file; averaged weights before plain ones.
WRAPPERS = ("params_ema", "params", "state_dict", "model")


@dataclass(frozen=True)
class LoadReport:
    """What `load_official` did: how much it took, what it left out, what stayed as it was."""

    loaded: int
    left_out: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{self.loaded} entries loaded"]
        if self.left_out:
            lines.append(f"left out of the file: {_some(self.left_out)}")
        if self.kept:
            lines.append(f"not in the file, kept as they were: {_some(self.kept)}")
        return "; ".join(lines)


def load_official(model: nn.Module, source: str | Path | dict[str, Any]) -> LoadReport:
    """Fill `model` from the authors' layout: a file on disk, or a state dict already in memory.

    Accepts a dict under `model`, `state_dict`, `params` or `params_ema`, a `module.` or
    `backbone.` prefix, index and mask buffers, and a head of another task beside the backbone;
    the report names what was left out. The model is changed only if everything fits.
    Raises: CheckpointError, naming every missing, unexpected and misshapen entry.
    """
    table = TABLES.get(type(model))
    if table is None:
        raise CheckpointError(
            f"a {type(model).__name__} came",
            allowed=f"there are official layouts for {', '.join(t.__name__ for t in TABLES)}",
            mend="make the model with create_model",
        )
    content = source if isinstance(source, dict) else read_file(source)
    entries, left_out, is_backbone = _unwrap(content, table)
    ours: dict[str, Tensor] = {}
    for name, tensor in entries.items():
        if any(re.search(pattern, name) for pattern in table.derived):
            left_out.append(name)
            continue
        for pattern, replacement in table.renames:
            name = re.sub(pattern, replacement, name)
        ours[name] = table.convert(name, tensor)
    kept = _check(model, ours, table, is_backbone)
    model.load_state_dict(ours, strict=False)
    return LoadReport(len(ours), left_out, kept)


def _unwrap(content: dict, table: Table) -> tuple[dict[str, Tensor], list[str], bool]:
    """The bare entries, the names of those beside a backbone, and whether there was one."""
    for wrapper in WRAPPERS:
        if isinstance(content.get(wrapper), dict):
            content = content[wrapper]
            break
    entries = only_tensors(content)
    left_out: list[str] = []
    is_backbone = False
    for prefix in table.prefixes:
        inside = {k.removeprefix(prefix): v for k, v in entries.items() if k.startswith(prefix)}
        if inside:
            is_backbone = is_backbone or prefix == "backbone."
            left_out += [name for name in entries if not name.startswith(prefix)]
            entries = inside
    return entries, left_out, is_backbone


def _check(model: nn.Module, ours: dict[str, Tensor], table: Table, is_backbone: bool) -> list[str]:
    """Refuse what does not fit; returns the entries that the file need not have."""
    wanted = model.state_dict()
    missing = [name for name in wanted if name not in ours]
    unexpected = [name for name in ours if name not in wanted]
    lacking = table.optional + (table.head if is_backbone else ())
    kept = [name for name in missing if any(re.search(pattern, name) for pattern in lacking)]
    missing = [name for name in missing if name not in kept]
    misshapen = [
        f"{name} is {tuple(ours[name].shape)}, the model's is {tuple(wanted[name].shape)}"
        for name in wanted
        if name in ours and ours[name].shape != wanted[name].shape
    ]
    if len(unexpected) == len(ours):
        raise CheckpointError(
            f"none of the file's {len(ours)} entries belongs to a {type(model).__name__}",
            allowed="a weight file of the same model",
            mend=f"check which model the file is for; it starts with {_some(unexpected, 3)}",
        )
    if missing or unexpected or misshapen:
        parts = {"missing": missing, "unexpected": unexpected, "misshapen": misshapen}
        raise CheckpointError(
            "; ".join(f"{kind}: {', '.join(names)}" for kind, names in parts.items() if names),
            allowed=f"exactly the {len(wanted)} entries of this {type(model).__name__}",
            mend="create the variant that the file is for (size, classes, window_size)",
        )
    return kept


def _some(names: list[str], count: int = 4) -> str:
    rest = len(names) - count
    return ", ".join(names[:count]) + (f" and {rest} more" if rest > 0 else "")

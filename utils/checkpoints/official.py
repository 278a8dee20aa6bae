"""`load_official`: a file as the authors publish it, into our model, all of it or nothing."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from utils.checkpoints.files import only_tensors, read_file
from utils.checkpoints.tables import INSIDE, TABLES, Table
from utils.errors import CheckpointError

# Where authors put the weights in their file; averaged weights before plain ones.
AVERAGED = ("params_ema", "model_ema", "state_dict_ema", "ema_state_dict", "ema")
WRAPPERS = (*AVERAGED, "params", "state_dict", "model", "model_state_dict", "module", "net")
LONG = 120  # characters of a name that are shown
# Names that only other codes use for the same models.
OTHER_CODES = {
    r"^layers\.\d\.downsample\.|^head\.fc\.": "timm",
    r"^(swin|vit|encoder)\.(embeddings|encoder)\.|\.attention\.self\.": "transformers",
    r"^features\.\d": "torchvision",
}


@dataclass(frozen=True)
class LoadReport:
    """What `load_official` did: how much it took, what it left out, what stayed as it was.

    `taken` names the entry of the file that held the weights where it held several, `passed_over`
    the others. `summed` are gray kernels, each the sum over red, green and blue.
    """

    loaded: int
    left_out: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    taken: str = ""
    passed_over: list[str] = field(default_factory=list)
    summed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{self.loaded} entries loaded"]
        if self.passed_over:
            lines[0] += f" from {self.taken!r}, not from {', '.join(map(repr, self.passed_over))}"
        if self.summed:
            lines.append(f"gray, summed over the colors: {_some(self.summed)}")
        if self.left_out:
            lines.append(f"left out of the file: {_some(self.left_out)}")
        if self.kept:
            lines.append(f"not in the file, kept as they were: {_some(self.kept)}")
        return "; ".join(lines)


@dataclass
class _Found:
    """The bare entries of a file, in the authors' names, and how they lay in it."""

    entries: dict[str, Tensor]
    left_out: list[str] = field(default_factory=list)
    is_backbone: bool = False
    taken: str = ""
    passed_over: list[str] = field(default_factory=list)


def load_official(
    model: nn.Module, source: str | Path | dict[str, Any], *, partial: bool = False
) -> LoadReport:
    """Fill `model` from the authors' layout: a file on disk, or a state dict already in memory.

    Accepts a dict under one of `WRAPPERS`, a `module.` or `backbone.` prefix, index and mask
    buffers, and a head of another task beside the backbone; where a file holds averaged weights
    beside plain ones, the averaged ones are taken; the report names what was left out. The model is
    changed only if everything fits. With `partial` it takes what fits, a kernel for gray pictures
    being the sum over the colors, and all else stays as it was made; the report lists both.
    Raises: CheckpointError, naming missing, unexpected and misshapen entries.
    """
    if inside := INSIDE.get(type(model)):
        model = getattr(model, inside)
    table = TABLES.get(type(model))
    if table is None:
        raise CheckpointError(
            f"a {type(model).__name__} came",
            allowed=f"there are official layouts for {', '.join(t.__name__ for t in TABLES)}",
            mend='make one of these with create_model, as in create_model("swin_t")',
        )
    found = _unwrap(source if isinstance(source, dict) else read_file(source), table)
    ours: dict[str, Tensor] = {}
    for name, tensor in found.entries.items():
        if any(re.search(pattern, name) for pattern in table.derived):
            found.left_out.append(name)
            continue
        for pattern, replacement in table.renames:
            name = re.sub(pattern, replacement, name)
        ours[name] = _converted(table.convert, name, tensor)
    summed: list[str] = []
    if partial:
        ours, dropped, summed = _what_fits(model, ours)
        found.left_out += dropped
        kept = [name for name in model.state_dict() if name not in ours]
    else:
        kept = _check(model, ours, table, found)
    _refuse_no_numbers(ours)
    model.load_state_dict(ours, strict=False)
    return LoadReport(len(ours), found.left_out, kept, found.taken, found.passed_over, summed)


def _unwrap(content: dict[Any, Any], table: Table) -> _Found:
    held = [w for w in WRAPPERS if isinstance(content.get(w), dict) and only_tensors(content[w])]
    taken = held[0] if held else ""
    entries = only_tensors(content[taken] if taken else content)
    if not entries:
        keys = _some([str(key) for key in content]) or "nothing"
        raise CheckpointError(
            f"a file without tensors came: it holds {keys}",
            allowed=f"names of tensors, or a dict of them under {', '.join(WRAPPERS)}",
            mend="pass the part that holds the weights, as in load_official(model, content[KEY])",
        )
    left_out: list[str] = []
    is_backbone = False
    for prefix in table.prefixes:
        inside = {k.removeprefix(prefix): v for k, v in entries.items() if k.startswith(prefix)}
        if inside:
            is_backbone = is_backbone or prefix == "backbone."
            left_out += [name for name in entries if not name.startswith(prefix)]
            entries = inside
    return _Found(entries, left_out, is_backbone, taken, held[1:])


def _converted(convert: Callable[[str, Tensor], Tensor], name: str, tensor: Tensor) -> Tensor:
    """The tensor in our layout; one of other axes as it is, to be named as misshapen."""
    try:
        return convert(name, tensor)
    except (IndexError, RuntimeError, ValueError):
        return tensor


def _what_fits(
    model: nn.Module, ours: dict[str, Tensor]
) -> tuple[dict[str, Tensor], list[str], list[str]]:
    """The entries that fit, the names of those that do not, and of kernels made for gray."""
    wanted = model.state_dict()
    fitting, dropped, summed = {}, [], []
    for name, tensor in ours.items():
        if name in wanted and _is_gray_of(wanted[name], tensor):
            tensor = tensor.sum(1, keepdim=True)
            summed.append(name)
        if name in wanted and not _difference(tensor, wanted[name]):
            fitting[name] = tensor
        else:
            dropped.append(name)
    if not fitting:
        raise _of_another_model(model, ours)
    return fitting, dropped, [name for name in summed if name in fitting]


def _is_gray_of(wanted: Tensor, tensor: Tensor) -> bool:
    """Whether a convolution kernel reads one channel where the file's reads three."""
    both = wanted.ndim == tensor.ndim == 4
    return both and wanted.shape[1] == 1 and tensor.shape[1] == 3


def _difference(tensor: Tensor, wanted: Tensor) -> str:
    """What keeps a tensor from standing in the place of another, or nothing."""
    if tensor.shape != wanted.shape:
        return f"{tuple(tensor.shape)}, the model's is {tuple(wanted.shape)}"
    unreal = tensor.is_meta and not wanted.is_meta
    plain = tensor.layout == torch.strided and not unreal and not tensor.is_quantized
    if not plain or tensor.is_floating_point() != wanted.is_floating_point():
        kind = tensor.dtype if plain else "without plain values"
        return f"{kind}, the model's is {wanted.dtype}"
    return ""


def _check(model: nn.Module, ours: dict[str, Tensor], table: Table, found: _Found) -> list[str]:
    """Refuse what does not fit; returns the entries that the file need not have."""
    wanted = model.state_dict()
    missing = [name for name in wanted if name not in ours]
    unexpected = [name for name in ours if name not in wanted]
    lacking = table.optional + (table.head if found.is_backbone else ())
    kept = [name for name in missing if any(re.search(pattern, name) for pattern in lacking)]
    missing = [name for name in missing if name not in kept]
    misshapen = [
        f"{name} is {difference}"
        for name in wanted
        if name in ours and (difference := _difference(ours[name], wanted[name]))
    ]
    if len(unexpected) == len(ours):
        raise _of_another_model(model, ours)
    if missing or unexpected or misshapen:
        parts = {"missing": missing, "unexpected": unexpected, "misshapen": misshapen}
        raise CheckpointError(
            "; ".join(f"{kind}: {_some(names)}" for kind, names in parts.items() if names),
            allowed=f"exactly the {len(wanted)} entries of this {type(model).__name__}",
            mend=_remedy(found.entries, missing=missing, unexpected=unexpected),
        )
    return kept


def _of_another_model(model: nn.Module, ours: dict[str, Tensor]) -> CheckpointError:
    return CheckpointError(
        f"none of the file's {len(ours)} entries belongs to a {type(model).__name__}",
        allowed="a weight file of the same model",
        mend=f"check which model the file is for; it starts with {_some(list(ours), 3)}",
    )


def _remedy(entries: dict[str, Tensor], *, missing: list[str], unexpected: list[str]) -> str:
    """What helps: another file, another variant, or what fits."""
    for pattern, code in OTHER_CODES.items():
        if missing and unexpected and any(re.search(pattern, name) for name in entries):
            return f"the names are those of {code}: take the file that the model's authors publish"
    if missing and unexpected:
        return "take the file that the model's authors publish for it, or the model of this file"
    return (
        "create the variant that the file is for (size, classes, window_size), or load what fits "
        "with partial=True"
    )


def _refuse_no_numbers(ours: dict[str, Tensor]) -> None:
    spoiled = [n for n, x in ours.items() if x.is_floating_point() and not x.isfinite().all()]
    if spoiled:
        raise CheckpointError(
            f"NaN or infinite numbers in {_some(spoiled)} came",
            allowed="weights are finite numbers",
            mend="the run that made the file has failed: take an earlier one",
        )


def _some(names: list[str], count: int = 4) -> str:
    rest = len(names) - count
    shown = [name if len(name) <= LONG else name[:LONG] + "…" for name in names[:count]]
    return ", ".join(shown) + (f" and {rest} more" if rest > 0 else "")

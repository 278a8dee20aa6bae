"""The models as files for the page: graphs, shared weights, answers to check against."""

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor

from utils.io.whole import write_bytes
from utils.site.export.graphs import GRAPHS, OPSET, Inputs, exported
from utils.site.export.share import Weights
from utils.site.export.shrink import shrunk
from utils.site.player.onnxruntime import cache_folder
from utils.site.player.packing import Sizes, write_packed

UTILS = Path(__file__).parents[2]
CHECKED = 512  # numbers of each output that a check stores
# What an exported graph comes from; a change in one of these rooms exports anew.
ROOMS = ("ops", "layers", "models", "world", "explorers", "checkpoints")
OWN = ("forms", "graphs", "passes", "shrink", "world")  # of this room


@dataclass(frozen=True)
class Kept:
    """One graph with its weights inside, as it stands in the cache."""

    model: bytes
    check: bytes
    facts: dict[str, Any]


def write_models(folder: Path, names: Sequence[str]) -> tuple[Sizes, dict[str, Any]]:
    """Write what the page loads; the sizes of the parts, and what it has to know of each graph."""
    weights = Weights()
    sizes: Sizes = {}
    facts = {}

    def write(name: str, data: bytes) -> None:
        sizes[name] = write_packed(folder, name, data)

    for name in [known for known in GRAPHS if known in names]:  # the table's order shares weights
        kept = kept_graph(name)
        model = onnx.ModelProto.FromString(kept.model)
        files = weights.move_out(model, GRAPHS[name].weights or name)
        facts[name] = {**kept.facts, "weights": files}
        write(f"graphs/{name}", model.SerializeToString())
        write(f"checks/{name}", kept.check)
    for name, data in weights.files.items():
        write(f"weights/{name}", bytes(data))
    return sizes, facts


def kept_graph(name: str) -> Kept:
    """From the cache where nothing of its sources has changed; else exported anew."""
    place = cache_folder() / f"{name}-{_sources()[:20]}.zip"
    if not place.exists():
        write_bytes(place, _zipped(_made(name)))
    with zipfile.ZipFile(place) as archive:
        facts = json.loads(archive.read("facts.json"))
        return Kept(archive.read("model"), archive.read("check"), facts)


def _made(name: str) -> Kept:
    made = exported(name)
    check, counts = check_of(made.inputs, made.outputs)
    facts = {"structure": made.structure, "check": counts}
    return Kept(shrunk(made.model).SerializeToString(), check, facts)


def _zipped(kept: Kept) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("facts.json", json.dumps(kept.facts))
        archive.writestr("model", kept.model)
        archive.writestr("check", kept.check)
    return packed.getvalue()


def check_of(inputs: Inputs, outputs: dict[str, Tensor]) -> tuple[bytes, dict[str, Any]]:
    """The scene's inputs, and of each output some numbers, for a processor to be held against."""
    parts = [x.float().numpy().astype("<f4").tobytes() for x in inputs.values()]
    counts = []
    for output in outputs.values():
        flat = output.float().flatten()
        places = torch.linspace(0, max(len(flat) - 1, 0), min(len(flat), CHECKED)).long()
        values = flat[places].numpy().astype("<f4")
        parts += [places.numpy().astype("<i4").tobytes(), values.tobytes()]
        counts.append(len(places))
    feeds = [[name, x.numel()] for name, x in inputs.items()]
    return b"".join(parts), {"feeds": feeds, "answers": counts}


@cache
def _sources() -> str:
    found = hashlib.sha256(repr((OPSET, torch.__version__, onnx.__version__)).encode())
    files = [Path(__file__).with_name(f"{name}.py") for name in OWN]
    for room in ROOMS:
        for kind in ("*.py", "*.safetensors"):
            files += sorted((UTILS / room).rglob(kind))
    for path in files:
        found.update(path.relative_to(UTILS).as_posix().encode() + path.read_bytes())
    return found.hexdigest()

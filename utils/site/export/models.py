"""Every graph of the site: which pass it holds, what goes in, whose weights it needs."""

import hashlib
import io
import json
import logging
import warnings
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from utils.explorers import explorer_class
from utils.io.whole import write_bytes
from utils.site.export.forms import short_forms
from utils.site.export.passes import InjectorPass, OwnPicture, Pass
from utils.site.export.share import Weights
from utils.site.export.shrink import shrunk
from utils.site.export.world import DenseWorld
from utils.site.player.onnxruntime import cache_folder
from utils.site.player.packing import Sizes, write_packed

UTILS = Path(__file__).parents[2]
OPSET = 20
CHECKED = 512  # numbers of each output that a check stores
Inputs = dict[str, Tensor]


@dataclass(frozen=True)
class Graph:
    """A pass to export."""

    weights: str  # the model whose file holds them; "" for none
    module: Callable[[], nn.Module]
    inputs: Callable[[], Inputs]  # the scene's


@dataclass(frozen=True)
class Exported:
    """A graph, its inputs and the JSON in which its named outputs stand."""

    model: onnx.ModelProto
    structure: Any
    inputs: Inputs
    outputs: dict[str, Tensor]  # torch's own, on the scene


def _picture(name: str) -> Callable[[], Inputs]:
    def inputs() -> Inputs:
        view: Any = explorer_class(name)()
        return {"picture": view.inputs()[0]}

    return inputs


def _frames() -> Inputs:
    view: Any = explorer_class("match")()
    return dict(zip(("frame0", "frame1"), view.inputs(), strict=True))


def _spoiled(name: str) -> Callable[[], Inputs]:
    def inputs() -> Inputs:
        view: Any = explorer_class(name)()
        return {"spoiled": view.inputs()[0]}

    return inputs


def _with_factor() -> Inputs:
    return {**_picture("injector")(), "factor": torch.tensor(1.0)}


def _motion() -> Inputs:
    values = {"dx": 9.0, "dy": -5.0, "turn": 8.0, "zoom": 1.0}
    return {name: torch.tensor(value) for name, value in values.items()}


GRAPHS: dict[str, Graph] = {
    "attention": Graph("swin_nano", lambda: Pass("attention"), _picture("attention")),
    "squeeze_excite": Graph(
        "maxvit_nano", lambda: OwnPicture("squeeze_excite"), _picture("squeeze_excite")
    ),
    "world_subject": Graph("", lambda: DenseWorld("subject"), _motion),
    "world_all": Graph("", lambda: DenseWorld("all"), _motion),
    **{
        name: Graph("gmflow_nano", lambda name=name: Pass(name), _frames)
        for name in ("flow", "match", "occlusion", "upsampling")
    },
    "restore": Graph("restormer_nano", lambda: Pass("restore"), _spoiled("restore")),
    "gate": Graph("restormer_nano", lambda: Pass("gate"), _spoiled("gate")),
    "mdta": Graph("restormer_nano", lambda: Pass("mdta"), _picture("mdta")),
    "deformable": Graph("vit_adapter_nano", lambda: Pass("deformable"), _picture("deformable")),
    "injector": Graph("vit_adapter_nano", lambda: InjectorPass("injector"), _with_factor),
    "pyramid": Graph("vit_nano", lambda: Pass("pyramid"), _picture("pyramid")),
}


def exported(name: str) -> Exported:
    """One graph, traced on the scene."""
    graph = GRAPHS[name]
    module, inputs = graph.module().eval(), graph.inputs()
    with short_forms(), _quietly():
        outputs = module(*inputs.values())
        program = torch.onnx.export(
            module,
            tuple(inputs.values()),
            dynamo=True,
            input_names=list(inputs),
            output_names=list(module.names),  # type: ignore[arg-type]
            opset_version=OPSET,
            verbose=False,
        )
    named = dict(zip(module.names, outputs, strict=True))  # type: ignore[arg-type]
    return Exported(program.model_proto, module.structure, inputs, named)


class _quietly:  # noqa: N801 - a block
    """The exporter tells of every function that it leaves as it is."""

    def __enter__(self) -> None:
        self.level = logging.root.manager.disable
        logging.disable(logging.WARNING)
        self.caught = warnings.catch_warnings()
        self.caught.__enter__()
        warnings.simplefilter("ignore")

    def __exit__(self, *error: Any) -> None:
        self.caught.__exit__(*error)
        logging.disable(self.level)


@dataclass(frozen=True)
class Models:
    """All that the page loads, and for each graph what it has to know of it."""

    graphs: dict[str, bytes]
    weights: dict[str, bytes]
    checks: dict[str, bytes]
    facts: dict[str, Any]


def all_models(names: Sequence[str]) -> Models:
    """The graphs of these names, in the table's order, so that shared weights lie in one place."""
    weights = Weights()
    graphs, checks, facts = {}, {}, {}
    for name in [known for known in GRAPHS if known in names]:
        made = exported(name)
        model = shrunk(made.model)
        files = weights.move_out(model, GRAPHS[name].weights or name)
        graphs[name] = model.SerializeToString()
        checks[name], check = check_of(made.inputs, made.outputs)
        facts[name] = {"weights": files, "structure": made.structure, "check": check}
    files_of = {name: bytes(data) for name, data in weights.files.items()}
    return Models(graphs, files_of, checks, facts)


def check_of(inputs: Inputs, outputs: dict[str, Tensor]) -> tuple[bytes, dict[str, Any]]:
    """The scene's inputs, and of each output some numbers, for a processor to be held against."""
    parts = [x.float().numpy().astype("<f4").tobytes() for x in inputs.values()]
    counts = []
    for output in outputs.values():
        flat = output.float().flatten()
        places = torch.linspace(0, max(len(flat) - 1, 0), min(len(flat), CHECKED)).long()
        parts += [places.numpy().astype("<i4").tobytes(), flat[places].numpy().astype("<f4").tobytes()]
        counts.append(len(places))
    feeds = [[name, x.numel()] for name, x in inputs.items()]
    return b"".join(parts), {"feeds": feeds, "answers": counts}


def write_models(folder: Path, names: Sequence[str]) -> tuple[Sizes, dict[str, Any]]:
    """Write what the page loads; the sizes of the parts, and the facts of each graph."""
    models = kept_models(names)
    sizes: Sizes = {}
    for kind in ("graphs", "weights", "checks"):
        for name, data in getattr(models, kind).items():
            sizes[f"{kind}/{name}"] = write_packed(folder, f"{kind}/{name}", data)
    return sizes, models.facts


def kept_models(names: Sequence[str]) -> Models:
    """From the cache, where weights and sources are those of an earlier build; else exported anew."""
    place = cache_folder() / f"models-{_hash(names)}.zip"
    if place.exists():
        with zipfile.ZipFile(place) as archive:
            data = {name: archive.read(name) for name in archive.namelist()}
        facts = json.loads(data.pop("facts.json"))
        sorted_ = {kind: {} for kind in ("graphs", "weights", "checks")}  # type: dict[str, dict]
        for name, content in data.items():
            kind, _, rest = name.partition("/")
            sorted_[kind][rest] = content
        return Models(**sorted_, facts=facts)
    models = all_models(names)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("facts.json", json.dumps(models.facts))
        for kind in ("graphs", "weights", "checks"):
            for name, content in getattr(models, kind).items():
                archive.writestr(f"{kind}/{name}", content)
    write_bytes(place, packed.getvalue())
    return models


def _hash(names: Sequence[str]) -> str:
    """Of all that an exported graph comes from: the shipped weights and the course's sources."""
    found = hashlib.sha256(repr((sorted(names), OPSET, torch.__version__, onnx.__version__)).encode())
    rooms = ("ops", "layers", "models", "world", "site/export", "explorers", "training/prepare.py", "checkpoints")
    for room in rooms:
        path = UTILS / room
        files = [path] if path.is_file() else [*path.rglob("*.py"), *path.rglob("*.safetensors")]
        for file in sorted(files):
            found.update(file.relative_to(UTILS).as_posix().encode() + file.read_bytes())
    return found.hexdigest()[:20]

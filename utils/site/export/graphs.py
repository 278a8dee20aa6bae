"""Every graph of the site: which pass it holds, what goes in, whose weights it needs."""

import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from utils.explorers import explorer_class
from utils.site.export.forms import short_forms
from utils.site.export.passes import InjectorPass, OwnPicture, Pass
from utils.site.export.world import DenseWorld

OPSET = 20
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
        name: Graph("gmflow_nano", partial(Pass, name), _frames)
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
    assert program is not None, "the exporter gives a program where it is not asked to write a file"
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

"""What Python computes over a view's sweep, for the readings in JavaScript to be held against."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from utils.explorers import explorer_class
from utils.explorers.arrays import as_json, pack, pack_result
from utils.site.export.passes import named
from utils.site.readings.facts import facts_for


def packed(value: Any) -> Any:
    """Nested tensors as JSON."""
    tensors: dict[str, torch.Tensor] = {}

    def filled(part: Any) -> Any:
        if isinstance(part, dict) and set(part) == {"tensor"}:
            tensor = tensors[part["tensor"]]
            exact = tensor.float() if tensor.dtype == torch.float16 else tensor
            return as_json(pack(exact.numpy()))
        if isinstance(part, dict):
            return {key: filled(inner) for key, inner in part.items()}
        return [filled(inner) for inner in part] if isinstance(part, list) else part

    return filled(named(value, "inside", tensors))


def _pair(pair: Any) -> Any:
    known = {} if pair.flow is None else {"flow": pair.flow[0]}
    if pair.hidden is not None:
        known["hidden"] = pair.hidden[0].byte()
    return packed({"frame0": pair.frame0[0], "frame1": pair.frame1[0], **known})


def cases_of(name: str, *, every: int = 1) -> dict[str, Any]:
    """The facts of a reading, and its cases: settings, what the pass kept, result, sentence."""
    maths = explorer_class(name).maths
    cases, shared = [], {}
    for settings in list(swept(name))[::every]:
        inside, given, result = RUNS.get(name, _plain_run)(maths, settings)
        # what many cases share is written once
        key = str(id(inside))
        if key not in shared:
            shared[key] = (inside, {"inside": _inside(name, inside), "given": given and given()})
        cases.append(
            {
                "settings": asdict(settings),
                "input": key,
                "result": as_json(pack_result(result)),
                "sentence": maths.sentence(settings, result),
            }
        )
    inputs = {key: stored for key, (_, stored) in shared.items()}
    return {"name": name, "facts": as_json(facts_for(name)), "inputs": inputs, "cases": cases}


def swept(name: str) -> Iterator[Any]:
    """The sweep, less what only a kernel can answer."""
    for settings in explorer_class(name).maths.sweep():
        if name != "cost" or settings.memory != "this":
            yield settings


def _inside(name: str, inside: Any) -> Any:
    if name == "squeeze_excite":  # the page's pass is over the learner's picture alone
        layers = [
            {"name": x.name, "gates": x.gates[:1], "filtered": x.filtered[:1]}
            for x in inside.layers
        ]
        return packed({"layers": layers, "logits": inside.logits[:1]})
    return packed(inside) if inside is not NOTHING else None


NOTHING = object()


def _plain_run(maths: Any, settings: Any) -> tuple[Any, Any, Any]:
    return NOTHING, None, maths.compute(settings)


def _scene_run(maths: Any, settings: Any) -> tuple[Any, Any, Any]:
    inside = maths._scene_inside()
    return inside, None, maths.compute(settings, inside)


def _pair_run(maths: Any, settings: Any) -> tuple[Any, Any, Any]:
    inside, pair = maths._scene()
    return inside, lambda: _pair(pair), maths.compute(settings, inside, pair)


def _flow_run(maths: Any, settings: Any) -> tuple[Any, Any, Any]:
    pair = maths.pair_of(settings)
    with torch.no_grad():
        inside = maths.run(maths.default_model(), pair.frame0, pair.frame1)
    return inside, lambda: _pair(pair), maths.compute(settings, inside, pair)


def _attend_run(maths: Any, settings: Any) -> tuple[Any, Any, Any]:
    pair = maths._scene()
    return NOTHING, lambda: _pair(pair), maths.compute(settings, pair)


def _weather_run(maths: Any, settings: Any) -> tuple[Any, Any, Any]:
    inside = maths._scene_inside(maths.weather(settings))
    given = (lambda: packed({"clean": maths._scene()})) if hasattr(maths, "_scene") else None
    return inside, given, maths.compute(settings, inside)


@lru_cache(maxsize=1)
def _injector_inside() -> Any:
    return explorer_class("injector").maths._scene_inside()


@lru_cache(maxsize=32)
def _three(gamma: int) -> Any:
    inside = _injector_inside()
    return {"now": inside.at(gamma), "own": inside.at(10), "deaf": inside.at(0)}


def _injector_run(maths: Any, settings: Any) -> tuple[Any, Any, Any]:
    return _three(settings.gamma), None, maths.compute(settings, _injector_inside())


RUNS = {
    "gate": _weather_run,
    "restore": _weather_run,
    "injector": _injector_run,
    "mdta": _scene_run,
    "pyramid": _scene_run,
    "attend": _attend_run,
    "attention": _scene_run,
    "deformable": _scene_run,
    "squeeze_excite": _scene_run,
    "match": _pair_run,
    "occlusion": _pair_run,
    "upsampling": _pair_run,
    "flow": _flow_run,
}


def write_cases(name: str, folder: Path, *, every: int = 1) -> Path:
    """The cases as a file for node."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps(cases_of(name, every=every)), encoding="utf-8")
    return path

"""The recorded official cases: which model, which input, and what the authors' code answered."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from utils.reference import recipe

HERE = Path(__file__).resolve().parent

# GMFlow's per-scale settings: their name in the official code -> ours.
_PER_SCALE = {
    "attn_splits_list": "attn_splits",
    "corr_radius_list": "corr_radius",
    "prop_radius_list": "prop_radius",
}


@dataclass(frozen=True)
class Recorded:
    """Every k-th value of one official tensor, and the tensor's shape."""

    values: np.ndarray
    shape: tuple[int, ...]
    count: int  # about how many values were kept; recipe.sample takes it

    def difference(self, ours: Tensor) -> float:
        """Mean |difference| / standard deviation; infinite for another number of values.

        Values are compared in memory order of `ours`, so rearrange it to the official shape first.
        """
        sampled = recipe.sample(ours, self.count)
        if ours.numel() != int(np.prod(self.shape)) or sampled.shape != self.values.shape:
            return float("inf")
        return float(np.abs(sampled - self.values).mean() / self.values.std())


@dataclass(frozen=True)
class Case:
    """One recorded run of official code in float64, by output name and by official module name."""

    name: str
    model: str
    overrides: dict[str, Any]
    bidirectional: bool
    inputs: tuple[Tensor, ...]
    outputs: dict[str, Recorded]
    inside: dict[str, Recorded]

    def state_dict(self) -> dict[str, Tensor]:
        """The official-layout weights with which the case was recorded."""
        tables = any(
            "relative_position" in name for name in read_manifest(self.model)["state_dict"]
        )
        window_size = self.overrides.get("window_size") if tables else None
        return recipe.state_dict(self.model, window_size=window_size)

    def gate(self, name: str, ours: Tensor, *, tolerance: float = 1e-5) -> str:
        """One sentence: whether `ours` is what the official module (or output) `name` gave."""
        recorded = self.inside[name] if name in self.inside else self.outputs[name]
        return f"{name}: equal within {tolerance:g}: {recorded.difference(ours) < tolerance}"


def list_cases(prefix: str = "") -> list[str]:
    """Names of the recorded cases, those that start with `prefix`."""
    return sorted(path.stem for path in HERE.glob(f"{prefix}*.npz"))


def read_manifest(model: str) -> dict[str, Any]:
    """The official parameter count, settings, and every parameter's name and shape."""
    return json.loads((HERE / f"{model}.json").read_text(encoding="utf-8"))


def read_case(name: str) -> Case:
    """A recorded case with its input made again."""
    with np.load(HERE / f"{name}.npz") as file:
        meta = json.loads(str(file["meta"]))
        values = {key: file[key] for key in file.files if key != "meta"}
    outputs, inside = {}, {}
    for key in values:
        if f"{key}.shape" not in values:
            continue
        shape = tuple(int(side) for side in values[f"{key}.shape"])
        if key.startswith("inside/"):
            inside[key.removeprefix("inside/")] = Recorded(values[key], shape, 1024)
        else:
            outputs[key] = Recorded(values[key], shape, 4096)
    return Case(
        name=name,
        model=meta["model"],
        overrides=_overrides(meta),
        bidirectional=meta.get("pred_bidir_flow", False),
        inputs=_inputs(meta),
        outputs=outputs,
        inside=inside,
    )


def _inputs(meta: dict[str, Any]) -> tuple[Tensor, ...]:
    if "pair" in meta:
        return recipe.frame_pair(*meta["pair"])
    seed, b, c, h, w, low, high = meta["input"]
    return (recipe.image(seed, b, c, h, w, float(low), float(high)),)


def _overrides(meta: dict[str, Any]) -> dict[str, Any]:
    given = {ours: meta[theirs] for theirs, ours in _PER_SCALE.items() if theirs in meta}
    given |= meta.get("overrides", {})
    return {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}

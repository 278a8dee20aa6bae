"""One file of weights for each model: a tensor that two graphs read is stored once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from onnx import ModelProto, TensorProto, numpy_helper
from onnx.external_data_helper import set_external_data

from utils.site.export.shrink import key_of

LEAST = 1024  # bytes of a tensor that moves out of its graph
ALIGNED = 64


@dataclass
class Weights:
    """The files of weights so far, and where each tensor stands."""

    files: dict[str, bytearray] = field(default_factory=dict)
    places: dict[Any, tuple[str, int, int]] = field(default_factory=dict)

    def move_out(self, model: ModelProto, owner: str) -> list[str]:
        """Take the large tensors out of a graph; the names of the files that it now needs."""
        used = [self._moved(tensor, owner) for tensor in _large(model.graph.initializer)]
        return sorted(set(used))

    def _moved(self, tensor: TensorProto, owner: str) -> str:
        key = key_of(tensor)
        if key not in self.places:
            raw = numpy_helper.to_array(tensor).tobytes()
            file = self.files.setdefault(owner, bytearray())
            file.extend(b"\0" * (-len(file) % ALIGNED))
            self.places[key] = (owner, len(file), len(raw))
            file.extend(raw)
        name, offset, length = self.places[key]
        for part in ("raw_data", "float_data", "int32_data", "int64_data"):
            tensor.ClearField(part)
        tensor.raw_data = b"\0"  # the helper wants it to be there
        set_external_data(tensor, f"{name}.bin", offset, length)
        tensor.ClearField("raw_data")
        return name


def _large(tensors: Iterable[TensorProto]) -> list[TensorProto]:
    return [t for t in tensors if numpy_helper.to_array(t).nbytes >= LEAST]

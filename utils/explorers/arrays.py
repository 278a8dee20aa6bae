"""Arrays on their way to the browser: raw bytes with a type and a shape, never lists."""

import base64
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Packed = dict[str, Any]
KINDS = {"f": "<f4", "i": "<i4", "u": "|u1", "b": "|u1"}


def pack(array: NDArray) -> Packed:
    """An array as `{dtype, shape, data}`: float32, int32 or uint8, little-endian.

    >>> pack(np.array([[True, False]]))
    {'dtype': '|u1', 'shape': [1, 2], 'data': b'\\x01\\x00'}
    """
    dtype = KINDS[array.dtype.kind]
    data = np.ascontiguousarray(array, dtype=dtype)
    return {"dtype": dtype, "shape": list(array.shape), "data": data.tobytes()}


def pack_result(result: Any) -> dict[str, Any]:
    """The fields of a result: its arrays packed, numbers and words as they are."""
    values = {f.name: getattr(result, f.name) for f in fields(result)}
    return {k: pack(v) if isinstance(v, np.ndarray) else v for k, v in values.items()}


def as_json(value: Any) -> Any:
    """Packed arrays for a page without a kernel: the bytes as base64."""
    if isinstance(value, dict):
        return {key: as_json(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(part) for part in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value

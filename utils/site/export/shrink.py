"""Graphs made small: what nobody reads is dropped, weights are halves where that loses nothing."""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from onnx import AttributeProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

LEAST = 256  # numbers of a tensor that is worth a cast


def shrunk(model: ModelProto) -> ModelProto:
    """The same graph without comments and doubles, its weights as float16 behind a cast.

    The shipped weights are float16, so that nothing is lost; the runtime folds the casts when it
    opens the graph.
    """
    _without_comments(model)
    _short_names(model)
    _without_doubles(model)
    _even_channels(model)
    _as_halves(model)
    return model


def _without_comments(model: ModelProto) -> None:
    graph = model.graph
    for thing in [model, graph, *graph.node, *graph.input, *graph.output, *graph.initializer]:
        thing.doc_string = ""
        del thing.metadata_props[:]
    del graph.value_info[:]
    for node in graph.node:
        node.name = ""


def _short_names(model: ModelProto) -> None:
    """Short names for all that is neither input nor output; tensors that no node reads go."""
    graph = model.graph
    kept = {value.name for value in [*graph.input, *graph.output]}
    short: dict[str, str] = {"": ""}

    def renamed(names: Iterable[str]) -> list[str]:
        return [n if n in kept else short.setdefault(n, f"{len(short):x}") for n in names]

    inner = (AttributeProto.GRAPH, AttributeProto.GRAPHS)
    for node in graph.node:
        assert not any(a.type in inner for a in node.attribute), "a graph inside of a graph"
        node.input[:], node.output[:] = renamed(node.input), renamed(node.output)
    used = {name for node in graph.node for name in node.input} | kept
    for tensor in list(graph.initializer):
        (tensor.name,) = renamed([tensor.name])
        if tensor.name not in used:
            graph.initializer.remove(tensor)


def key_of(tensor: TensorProto) -> Any:
    """Equal for tensors of the same numbers."""
    raw = numpy_helper.to_array(tensor).tobytes()
    return tensor.data_type, tuple(tensor.dims), hashlib.sha256(raw).digest()


def _without_doubles(model: ModelProto) -> None:
    graph = model.graph
    seen: dict[Any, str] = {}
    same: dict[str, str] = {}
    for tensor in list(graph.initializer):
        key = key_of(tensor)
        if key in seen:
            same[tensor.name] = seen[key]
            graph.initializer.remove(tensor)
        else:
            seen[key] = tensor.name
    for node in graph.node:
        node.input[:] = [same.get(name, name) for name in node.input]


def _even_channels(model: ModelProto) -> None:
    """Two channels of zeros for a convolution over 4k + 2 of them.

    onnxruntime-web 1.30 on WebGPU is wrong there (3×3 over 66 channels; 64, 65 and 68 are right).
    """
    graph = model.graph
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    nodes = []
    for number, node in enumerate(graph.node):
        if node.op_type == "Conv" and node.input[1] in tensors and _is_odd_pair(node, tensors):
            weight = tensors[node.input[1]]
            more = ((0, 0), (0, 2), (0, 0), (0, 0))
            array = np.pad(numpy_helper.to_array(weight), more)
            weight.CopyFrom(numpy_helper.from_array(array, weight.name))
            pads, wide = f"pads{number}", f"wide{number}"
            ends = np.array([0, 0, 0, 0, 0, 2, 0, 0], np.int64)
            graph.initializer.append(numpy_helper.from_array(ends, pads))
            nodes.append(helper.make_node("Pad", [node.input[0], pads], [wide]))
            node.input[0] = wide
        nodes.append(node)
    _replace_nodes(graph, nodes)


def _is_odd_pair(node: Any, tensors: dict[str, TensorProto]) -> bool:
    group = next((a.i for a in node.attribute if a.name == "group"), 1)
    dims = tensors[node.input[1]].dims
    return group == 1 and len(dims) == 4 and dims[1] % 4 == 2 and dims[2] > 1


def _as_halves(model: ModelProto) -> None:
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            continue
        exact = numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):
            half = exact.astype(np.float16)
        if exact.size < LEAST or not np.array_equal(half.astype(np.float32), exact):
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(half, f"{name}h"))
        casts.append(helper.make_node("Cast", [f"{name}h"], [name], to=TensorProto.FLOAT))
    _replace_nodes(graph, [*casts, *graph.node])


def _replace_nodes(graph: Any, nodes: Iterable[Any]) -> None:
    """Copies first: protobuf empties what it has owned."""
    copies = [NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(copies)

"""The layer table: what goes into every module, what comes out, and what it costs."""

import html
from dataclasses import astuple, dataclass
from typing import Any

import torch
import torchinfo
from torch import Tensor, nn
from torchinfo.layer_info import LayerInfo

from utils.tracing.cost import Cost, cost, multiply_adds

HEADERS = ("module", "kind", "input", "output", "kernel", "parameters", "multiply-adds", "memory")


@dataclass(frozen=True)
class Row:
    """One module. Shapes as in the code; memory is its output's, in bytes."""

    path: str
    kind: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    kernel: tuple[int, ...] | None
    parameters: int
    multiply_adds: int
    memory: int

    def cells(self) -> tuple[str, ...]:
        """The row as text, in the order of HEADERS."""
        path, kind, before, after, kernel, parameters, products, memory = astuple(self)
        shapes = ("×".join(map(str, shape or ())) or "–" for shape in (before, after, kernel))
        return (
            path or "(whole)",
            kind,
            *shapes,
            f"{parameters:,}",
            f"{products / 1e6:,.2f} M" if products else "–",
            f"{memory / 1e6:,.2f} MB",
        )


@dataclass(frozen=True)
class Summary:
    """The rows in the order of execution, and the cost of the whole."""

    rows: tuple[Row, ...]
    total: Cost

    def __str__(self) -> str:
        table = [HEADERS, *(row.cells() for row in self.rows)]
        widths = [max(len(line[column]) for line in table) for column in range(len(HEADERS))]
        lines = [
            "  ".join(
                cell.ljust(width) if column < 5 else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in table
        ]
        return "\n".join([*lines, f"whole model: {self.total}"])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{header}</th>" for header in HEADERS)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row.cells()) + "</tr>"
            for row in self.rows
        )
        whole = html.escape(str(self.total))
        return f"<table><tr>{head}</tr>{body}</table><p>whole model: {whole}</p>"


def summary(model: nn.Module, *inputs: Tensor, depth: int = 3) -> Summary:
    """A table of all modules down to `depth` levels below the model, by one forward pass.

    Shapes, kernels and parameters come from torchinfo; multiply-adds from torch's flop counter,
    which counts every token and both attention products; memory is measured.

    >>> rows = summary(nn.Sequential(nn.Linear(3, 5)), torch.zeros(2, 3)).rows
    >>> rows[1].path, rows[1].input_shape, rows[1].output_shape, rows[1].multiply_adds
    ('0', (2, 3), (2, 5), 30)
    """
    was_training = model.training
    model.eval()
    try:
        products = multiply_adds(model, *inputs)
        with torch.no_grad():
            found = torchinfo.summary(
                model, input_data=list(inputs), depth=depth, verbose=0, cache_forward_pass=False
            ).summary_list
        total = cost(model, *inputs)
    finally:
        model.train(was_training)
    paths = {id(module): path for path, module in model.named_modules()}
    itemsize = inputs[0].element_size()
    return Summary(
        tuple(
            _row(layer, paths[layer.layer_id], products, itemsize)
            for layer in found
            if layer.depth <= depth and layer.executed
        ),
        total,
    )


def _row(layer: LayerInfo, path: str, products: dict[str, dict[str, int]], itemsize: int) -> Row:
    shape = _shape(layer.output_size)
    kernel = _shape(layer.kernel_size) if layer.kernel_size else None
    return Row(
        path=path,
        kind=layer.class_name,
        input_shape=_shape(layer.input_size),
        output_shape=shape,
        kernel=kernel,
        parameters=layer.num_params,
        multiply_adds=sum(products.get(path, {}).values()),
        memory=int(torch.Size(shape).numel()) * itemsize,
    )


def _shape(size: Any) -> tuple[int, ...]:
    """torchinfo's size; of several tensors the first."""
    while size and isinstance(size[0], list | tuple):
        size = size[0]
    return tuple(int(side) for side in size)

"""The layer table: what goes into every module, what comes out, and what it costs."""

import html
import textwrap
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from utils.errors import ConfigError
from utils.tracing.cost import Cost, cost, multiply_adds
from utils.tracing.values import leaves

HEADERS = ("module", "kind", "input", "output", "kernel", "parameters", "multiply-adds", "memory")
LEFT = 5  # columns of words; the others are numbers
WIDEST = 100  # letters of a row of words
NAMED = 24  # letters of a module's name or kind
Shape = tuple[int, ...]


@dataclass
class Row:
    """One module. Shapes as in the code; memory is that of all its outputs, in bytes.

    Of several inputs or outputs the first tensor's shape is in the table; `inputs` and `outputs`
    hold all.
    """

    path: str
    kind: str
    depth: int
    kernel: Shape | None
    parameters: int
    multiply_adds: int
    inputs: tuple[Shape, ...] = ()
    outputs: tuple[Shape, ...] = ()
    memory: int = 0

    @property
    def input_shape(self) -> Shape:
        """The shape of the first tensor that went in; () where there was none."""
        return self.inputs[0] if self.inputs else ()

    @property
    def output_shape(self) -> Shape:
        """The shape of the first tensor that came out; () where there was none."""
        return self.outputs[0] if self.outputs else ()

    def cells(self) -> tuple[str, ...]:
        """The row as text, in the order of HEADERS."""
        return (
            _cut("  " * max(self.depth - 1, 0) + self._name()),
            _cut(self.kind),
            _shapes(self.inputs),
            _shapes(self.outputs),
            "×".join(map(str, self.kernel or ())) or "–",
            f"{self.parameters:,}" if self.parameters else "–",
            _short(self.multiply_adds, ""),
            _short(self.memory, "B"),
        )

    def _name(self) -> str:
        """The module's own name; numbers with the list that they count in: `blocks.0`."""
        parts = self.path.split(".")
        names = [at for at, part in enumerate(parts) if not part.isdigit()]
        return ".".join(parts[names[-1] if names else 0 :]) or "(whole)"


@dataclass(frozen=True, repr=False)
class Summary:
    """The rows in the order of execution, and the cost of the whole."""

    rows: tuple[Row, ...]
    total: Cost

    def __str__(self) -> str:
        table = [HEADERS, *(row.cells() for row in self.rows)]
        widths = [max(len(line[column]) for line in table) for column in range(len(HEADERS))]
        lines = [
            " ".join(
                cell.ljust(width) if column < LEFT else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in table
        ]
        return "\n".join([*lines, *textwrap.wrap(f"whole model: {self.total}", WIDEST)])

    __repr__ = __str__  # what a console shows, and what Jupyter keeps beside the table

    def _repr_html_(self) -> str:
        head = "".join(
            f'<th style="text-align:{"left" if at < LEFT else "right"}">{header}</th>'
            for at, header in enumerate(HEADERS)
        )
        body = "".join(f"<tr>{_cells(row)}</tr>" for row in self.rows)
        whole = html.escape(str(self.total))
        style = "white-space:pre;font-size:12px;font-variant-numeric:tabular-nums"
        return f'<table style="{style}"><tr>{head}</tr>{body}</table><p>whole model: {whole}</p>'


def summary(model: nn.Module, *inputs: Any, depth: int = 3, **settings: Any) -> Summary:
    """A table of all modules down to `depth` levels below the model, by one forward pass.

    `settings` are handed to the model as they are. Inputs and outputs may be tensors, or hold
    them: tuples, lists, dicts, dataclasses. Multiply-adds come from torch's flop counter, which
    counts every token and both attention products; memory is measured.
    Raises: ConfigError for what is no module.

    >>> rows = summary(nn.Sequential(nn.Linear(3, 5)), torch.zeros(2, 3)).rows
    >>> rows[1].path, rows[1].input_shape, rows[1].output_shape, rows[1].multiply_adds
    ('0', (2, 3), (2, 5), 30)
    """
    if not isinstance(model, nn.Module):
        raise ConfigError(
            f"a {type(model).__name__} came to be summed up",
            allowed="a model is a torch.nn.Module",
            mend="pass the model itself, and its inputs behind it",
        )
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        products = multiply_adds(model, *inputs, **settings)
        rows = _rows(model, inputs, settings, depth=depth, products=products)
        total = cost(model, *inputs, **settings)
    finally:
        for module, mode in modes.items():
            module.training = mode
    return Summary(tuple(rows), total)


def _rows(
    model: nn.Module,
    inputs: tuple,
    settings: dict[str, Any],
    *,
    depth: int,
    products: dict[str, dict[str, int]],
) -> list[Row]:
    """One row for each module that runs, the first time that it does."""
    rows: dict[str, Row] = {}

    def enter(row: Row) -> Callable:
        def hook(module: nn.Module, args: tuple, kwargs: dict) -> None:
            if row.path not in rows:
                rows[row.path] = row
                row.inputs = tuple(tuple(x.shape) for x in _tensors((args, kwargs)))

        return hook

    def leave(row: Row) -> Callable:
        def hook(module: nn.Module, args: tuple, output: Any) -> None:
            if row.outputs:
                return
            found = _tensors(output)
            row.outputs = tuple(tuple(x.shape) for x in found)
            row.memory = sum(x.numel() * x.element_size() for x in found)

        return hook

    with ExitStack() as stack, torch.no_grad():
        for path, module in model.named_modules():
            parts = path.split(".") if path else []
            if len(parts) > depth:
                continue
            row = Row(
                path=path,
                kind=type(module).__name__,
                depth=sum(not part.isdigit() for part in parts),  # a list is no step to the right
                kernel=_kernel(module),
                parameters=sum(parameter.numel() for parameter in module.parameters()),
                multiply_adds=sum(products.get(path, {}).values()),
            )
            for handle in (
                module.register_forward_pre_hook(enter(row), with_kwargs=True),
                module.register_forward_hook(leave(row)),
            ):
                stack.callback(handle.remove)
        model(*inputs, **settings)
    return list(rows.values())


def _kernel(module: nn.Module) -> Shape | None:
    size = getattr(module, "kernel_size", None)
    if isinstance(size, int):
        return (size, size)
    is_shape = isinstance(size, tuple) and all(isinstance(side, int) for side in size)
    return size if is_shape else None


def _tensors(value: Any) -> list[Tensor]:
    return [part for _, part in leaves("", value) if isinstance(part, Tensor)]


def _shapes(shapes: tuple[Shape, ...]) -> str:
    more = f" +{len(shapes) - 1}" if len(shapes) > 1 else ""
    return ("×".join(map(str, shapes[0])) or "1") + more if shapes else "–"


def _short(number: int, unit: str) -> str:
    """A number in thousands, millions or billions, as short as it can be read.

    >>> _short(4_413_312, ""), _short(301_056, "B"), _short(0, "")
    ('4.41 M', '301 kB', '–')
    """
    if not number:
        return "–"
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            digits = 2 if number < 10 * size else 1 if number < 100 * size else 0
            return f"{number / size:.{digits}f} {sign}{unit}"
    return f"{number} {unit}".strip()


def _cut(text: str) -> str:
    return text if len(text) <= NAMED else f"{text[: NAMED - 1]}…"


def _cells(row: Row) -> str:
    full = (row.path, row.kind)
    cells = []
    for at, cell in enumerate(row.cells()):
        title = f' title="{html.escape(full[at])}"' if at < len(full) else ""
        indent = len(cell) - len(cell.lstrip())
        style = f"text-align:{'left' if at < LEFT else 'right'}"
        style += f";padding-left:{indent}em" if indent else ""
        cells.append(f'<td{title} style="{style}">{html.escape(cell.lstrip())}</td>')
    return "".join(cells)

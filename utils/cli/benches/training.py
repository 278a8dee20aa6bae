"""One training step: forward, backward and the optimizer, beside the forward pass alone."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from utils.cli.benches.timing import Row, Settings, measure
from utils.fast import fast

PASSES = 3  # of the forward's arithmetic: forward, gradient of what came in, gradient of weights


def training_step(model: nn.Module, *inputs: Tensor) -> Callable[[], None]:
    """A step on one batch that leaves the weights as they are: the rate is 0."""
    optimizer = torch.optim.AdamW(model.train().parameters(), lr=0.0)

    def step() -> None:
        optimizer.zero_grad()
        with torch.enable_grad():  # the memory is counted in a run without
            outs = list(_tensors(model(*inputs)))
            torch.stack([out.float().square().mean() for out in outs]).sum().backward()
        optimizer.step()

    return step


def training_rows(
    name: str, case: str, model: nn.Module, *inputs: Tensor, settings: Settings, flop: float
) -> list[Row]:
    """Two lines for ours, fast and plain; `flop` is that of the forward pass."""
    with fast():
        quick = training_row(f"{name}, fast", case, model, *inputs, settings=settings, flop=flop)
    plain = training_row(f"{name}, plain", case, model, *inputs, settings=settings, flop=flop)
    return [quick, plain]


def training_row(
    name: str, case: str, model: nn.Module, *inputs: Tensor, settings: Settings, flop: float
) -> Row:
    """One line; the model is left as it came."""
    was = model.training
    timing = measure(training_step(model, *inputs), settings)
    model.train(was).zero_grad()
    return Row(f"{name}, training step", case, timing, PASSES * flop)


def _tensors(out: Any) -> Iterator[Tensor]:
    """The tensors of a result that carry a gradient."""
    if isinstance(out, Tensor):
        yield from [out] if out.requires_grad else []
    elif isinstance(out, (list, tuple)):
        for part in out:
            yield from _tensors(part)
    elif hasattr(out, "__dict__"):
        for part in vars(out).values():
            yield from _tensors(part)

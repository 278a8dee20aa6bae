"""Milliseconds of one layer's forward pass, larger and larger until it takes too long."""

import time
from collections.abc import Callable

import torch
from torch import nn

from utils.explorers.cost.layers import CHANNELS, KINDS, layer_of
from utils.fast import fast

CELLS = (16, 32, 64, 128, 256, 512)  # a side of the map
PATIENCE = 0.4  # seconds; what took longer is not tried any larger
Times = dict[str, dict[int, float]]  # kind -> cells a side -> milliseconds


def measure(
    *, device: str = "cpu", patience: float = PATIENCE, each: Callable[[Times], None] | None = None
) -> Times:
    """The fastest of three passes per kind and size; `each` sees the result grow."""
    times: Times = {kind: {} for kind in KINDS}
    for kind in KINDS:
        layer = layer_of(kind, device=device)
        for cells in CELLS:
            try:
                taken = _fastest(layer, cells, device, patience)
            except RuntimeError:  # the memory ran out
                break
            times[kind][cells] = 1000 * taken
            if taken > patience:
                break
        if each is not None:
            each(times)
    return times


@torch.no_grad()
@fast()
def _fastest(layer: nn.Module, cells: int, device: str, patience: float) -> float:
    x = torch.rand(1, cells, cells, CHANNELS, device=device)
    fastest = float("inf")
    for _ in range(4):  # the first one warms up
        started = time.perf_counter()
        layer(x)
        if device == "cuda":
            torch.cuda.synchronize()
        taken = time.perf_counter() - started
        fastest = min(fastest, taken)
        if taken > patience:
            break
    return fastest

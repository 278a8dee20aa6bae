"""Parameters, multiply-adds and memory of one forward pass, counted while it runs."""

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from utils.errors import ConfigError
from utils.tap import watching

MEGA = 1e6
NOBODY = "-"  # no tap has this name


@dataclass(frozen=True)
class Cost:
    """What one forward pass needs.

    multiply_adds counts every token and every attention product. activation_bytes is what
    training keeps for the backward pass, peak_bytes the most that is held at one time without
    it; both are tensors alone, without the parameters and the input.
    """

    parameters: int
    multiply_adds: int
    activation_bytes: int
    peak_bytes: int

    def __str__(self) -> str:
        return (
            f"{self.parameters:,} parameters, {self.multiply_adds / MEGA:,.1f} M multiply-adds, "
            f"{self.activation_bytes / MEGA:,.1f} MB kept for training, "
            f"{self.peak_bytes / MEGA:,.1f} MB at the peak without training"
        )


def cost(model: nn.Module, *inputs: Any, **settings: Any) -> Cost:
    """Run `model(*inputs, **settings)` and count.

    Multiply-adds are half of what torch's flop counter reports: a product and a sum are one.

    >>> layer = nn.Linear(3, 5)
    >>> counted = cost(layer, torch.zeros(2, 3))
    >>> counted.parameters, counted.multiply_adds, counted.peak_bytes
    (20, 30, 40)
    """
    if not isinstance(model, nn.Module):
        raise ConfigError(
            f"a {type(model).__name__} came to be counted",
            allowed="a model is a torch.nn.Module",
            mend="put a plain function into the forward of a small module",
        )
    return Cost(
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        multiply_adds=sum(multiply_adds(model, *inputs, **settings).get("", {}).values()),
        activation_bytes=_kept_for_backward(model, inputs, settings),
        peak_bytes=peak_bytes(lambda: model(*inputs, **settings)),
    )


def multiply_adds(model: nn.Module, *inputs: Any, **settings: Any) -> dict[str, dict[str, int]]:
    """Module path ("" for the whole model) -> kind of operation -> multiply-adds."""
    counter = FlopCounterMode(display=False)
    # The counter does not know the CPU's fused attention kernel; the plain products it does. A
    # watched model calls its parts one by one, so that each gets what is its own.
    with torch.no_grad(), counter, sdpa_kernel(SDPBackend.MATH), watching(model, NOBODY):
        model(*inputs, **settings)
    counts = counter.get_flop_counts()
    root = type(model).__name__
    found = {"": counts.get("Global", {})}
    for path, kinds in counts.items():
        if path.startswith(f"{root}."):
            found[path.removeprefix(f"{root}.")] = kinds
    return {
        path: {str(kind): flops // 2 for kind, flops in kinds.items()}
        for path, kinds in found.items()
    }


class _LiveBytes(TorchDispatchMode):
    """Adds up the storages that operations make, and takes them off when they are freed."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self.known: set[int] = set()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        for given in tree_leaves((args, kwargs)):
            if isinstance(given, Tensor):
                self._know(given, counted=False)
        out = func(*args, **(kwargs or {}))
        for made in tree_leaves(out):
            if isinstance(made, Tensor):
                self._know(made, counted=True)
        return out

    def _know(self, tensor: Tensor, *, counted: bool) -> None:
        storage = tensor.untyped_storage()
        name = id(storage)
        if name in self.known:
            return
        size = storage.nbytes() if counted else 0
        self.known.add(name)
        self.now += size
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._free, name, size)

    def _free(self, name: int, size: int) -> None:
        self.known.discard(name)
        self.now -= size


def peak_bytes(call: Callable[[], Any]) -> int:
    """The most bytes that the tensors made in `call` hold at one time, without autograd.

    What a kernel takes for itself while it runs is not seen.

    >>> peak_bytes(lambda: torch.zeros(5).exp().sum())  # two of 20 bytes, then the first is freed
    40
    """
    with torch.no_grad(), _LiveBytes() as live:
        call()
    return live.peak


def _kept_for_backward(model: nn.Module, inputs: tuple, settings: dict[str, Any]) -> int:
    """Bytes of distinct storages that autograd saves; parameters and inputs do not count."""
    given = [x for x in tree_leaves((inputs, settings)) if isinstance(x, Tensor)]
    own = {tensor.untyped_storage()._cdata for tensor in (*model.parameters(), *given)}
    own |= {buffer.untyped_storage()._cdata for buffer in model.buffers()}
    kept: dict[int, Tensor] = {}

    def pack(tensor: Tensor) -> Tensor:
        place = tensor.untyped_storage()._cdata
        if place not in own:
            kept.setdefault(place, tensor)
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
        out = model(
            *inputs, **settings
        )  # held until the end: it keeps the graph, and so every place, alive
        total = sum(tensor.untyped_storage().nbytes() for tensor in kept.values())
    del out
    return total

"""How everything is timed: warm-up, repeats, the unit before and after, memory apart from time.

The unit is the arithmetic of one product of two 2048×2048 float32 matrices on the same device and
threads, timed just before and just after, in the quickest of the ways that `products` knows: so no
model can do more than the machine. A time in units says how much a model costs beside what the
machine can do, and differs less between two machines, or a quiet and a busy hour, than a time in
milliseconds.
"""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from statistics import median, quantiles
from typing import Any

import torch

from utils.fast import fast
from utils.fast.ops import linear
from utils.tracing.cost import peak_bytes

UNIT_SIDE = 2048
UNIT_FLOP = 2 * UNIT_SIDE**3
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Settings:
    """What the learner chose on the command line."""

    device: torch.device
    repeats: int = 7
    warmup: int = 2
    all: bool = False  # the slow and large cases too


@dataclass(frozen=True)
class Timing:
    """Seconds of the single runs, the unit's seconds, and the peak of memory in bytes."""

    seconds: tuple[float, ...]
    unit: float
    peak: int | None = None

    @property
    def lowest(self) -> float:
        """The quietest run: what the code costs when nothing else runs."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """The usual run."""
        return median(self.seconds)

    @property
    def spread(self) -> float:
        """The distance between the quartiles, as a share of the median.

        >>> Timing(seconds=(1.0, 2.0, 3.0, 4.0, 5.0), unit=0.5).spread
        1.0
        """
        if len(self.seconds) < 2:
            return 0.0
        low, _, high = quantiles(self.seconds, n=4)
        return (high - low) / self.median

    @property
    def units(self) -> float:
        """The lowest time in matrix products.

        >>> Timing(seconds=(1.0, 2.0), unit=0.5).units
        2.0
        """
        return self.lowest / self.unit

    @property
    def median_units(self) -> float:
        """The median time in matrix products.

        >>> Timing(seconds=(1.0, 2.0, 4.0), unit=0.5).median_units
        4.0
        """
        return self.median / self.unit


@dataclass(frozen=True)
class Row:
    """One line of a table. `note` says what is special ("other network", "equal to 1e-6")."""

    name: str
    case: str
    timing: Timing | None = None
    flop: float | int | None = None
    note: str = ""

    @classmethod
    def missing(cls, name: str, case: str, why: str) -> "Row":
        """A line for what could not be measured."""
        return cls(name, case, note=f"missing: {why}")

    @property
    def share_of_machine(self) -> float | None:
        """Arithmetic per second beside that of the matrix product, 0 to 1."""
        if self.timing is None or self.flop is None:
            return None
        return (self.flop / UNIT_FLOP) / self.timing.units


def synchronize(device: torch.device) -> None:
    """Wait until the device has finished: a GPU answers before it has computed."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def run_times(call: Callable[[], Any], *, repeats: int, device: torch.device) -> tuple[float, ...]:
    """Seconds of each of `repeats` runs."""
    seconds = []
    for _ in range(repeats):
        synchronize(device)
        started = time.perf_counter()
        call()
        synchronize(device)
        seconds.append(time.perf_counter() - started)
    return tuple(seconds)


def products(device: torch.device) -> dict[str, Callable[[], Any]]:
    """Products of one and the same arithmetic, each as a library of the machine does it best."""
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator).to(device)

    square, out = drawn(UNIT_SIDE, UNIT_SIDE), torch.empty(UNIT_SIDE, UNIT_SIDE, device=device)
    tokens, weight = drawn(4 * UNIT_SIDE, UNIT_SIDE // 2), drawn(UNIT_SIDE // 2, UNIT_SIDE // 2)
    # a map of 32×32 cells, its channels last, by 1×1 kernels
    cells = tokens.reshape(8, 32, 32, UNIT_SIDE // 2).permute(0, 3, 1, 2)
    kernel = weight[:, :, None, None].contiguous(memory_format=torch.channels_last)
    return {
        "matrices": lambda: torch.mm(square, square, out=out),
        "linear": lambda: linear(tokens, weight),
        "convolution": lambda: torch.nn.functional.conv2d(cells, kernel),
    }


@lru_cache
def _quickest(device: torch.device, threads: int) -> tuple[str, Callable[[], Any]]:
    """The quickest product of this device, found once."""
    with torch.inference_mode(False), torch.no_grad():
        ways = products(device)
        took = {name: min(run_times(way, repeats=3, device=device)) for name, way in ways.items()}
    name = min(took, key=lambda name: took[name])
    return name, ways[name]


def unit_name(device: torch.device) -> str:
    """Which product is the unit here."""
    return _quickest(device, torch.get_num_threads())[0]


def unit_seconds(device: torch.device, *, repeats: int = 5) -> float:
    """Seconds of one product, the lowest of some. Full float32, no TF32."""
    _, product = _quickest(device, torch.get_num_threads())
    with torch.no_grad():
        run_times(product, repeats=2, device=device)
        return min(run_times(product, repeats=repeats, device=device))


def measure(call: Callable[[], Any], settings: Settings, *, memory: bool = True) -> Timing:
    """Time `call` between two timings of the unit; the lower one of them counts.

    Memory is measured in a run of its own, because watching it costs time.
    """
    run_times(call, repeats=settings.warmup, device=settings.device)
    before = unit_seconds(settings.device)
    seconds = run_times(call, repeats=settings.repeats, device=settings.device)
    after = unit_seconds(settings.device)
    peak = peak_memory(call, device=settings.device) if memory else None
    return Timing(seconds, min(before, after), peak)


def rows_of(
    name: str,
    case: str,
    call: Callable[[], Any],
    settings: Settings,
    *,
    flop: float | None = None,
    note: str = "",
) -> "list[Row]":
    """Two lines for ours: the fast forms, and the plain ones that a reader sees in the files."""
    with torch.inference_mode():
        with fast():
            quick = measure(call, settings)
        plain = measure(call, settings)
    return [Row(f"{name}, fast", case, quick, flop, note), Row(f"{name}, plain", case, plain, flop)]


def peak_memory(call: Callable[[], Any], *, device: torch.device) -> int:
    """Bytes that `call` needs at its worst moment, beyond what is held already.

    CUDA: the allocator's own count. Elsewhere: the tensors that are alive. The memory of the
    process would tell more of what ran before than of the call: the allocator keeps what is freed.
    """
    if device.type != "cuda":
        return peak_bytes(call)
    gc.collect()
    torch.cuda.reset_peak_memory_stats(device)
    held = torch.cuda.memory_allocated(device)
    call()
    synchronize(device)
    return torch.cuda.max_memory_allocated(device) - held

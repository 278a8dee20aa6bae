"""What is kept of a tensor: facts, a few numbers and a small picture, never the tensor itself."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef

PICTURE = 24  # most rows and columns of the picture of a slice
CORNER = 3  # rows and columns of the numbers, as in the source document of this tracer
SAMPLE = 256  # values at fixed places, by which two runs are compared
ROW = 4096  # sums run over rows of this length, and then over the rows in float64


@dataclass(slots=True, frozen=True)
class Moments:
    """Statistics of a set of values; None where there are none (no values, or a meta tensor)."""

    mean: float | None = None
    std: float | None = None
    low: float | None = None
    high: float | None = None
    bad: int = 0  # values that are not finite; the four above leave them out


@dataclass(slots=True, frozen=True, eq=False)
class Facts:
    """One state of one tensor. `std` divides by n; `fingerprint` depends on the order, too."""

    shape: tuple[int, ...]
    dtype: str
    device: str
    moments: Moments
    slice_at: str  # "[0, :, :, 0]": what `picture` shows, where too large every second row, ...
    picture: NDArray | None
    corner_at: str
    corner: NDArray | None
    sample: NDArray | None
    fingerprint: float | None
    storage: int  # number of the storage, in the order in which the run met them
    nbytes: int  # of the whole storage

    @property
    def numel(self) -> int:
        """How many values the tensor has."""
        return int(np.prod(self.shape, dtype=np.int64))


@dataclass(slots=True, frozen=True)
class Origin:
    """Where a storage was first seen: the number of the line, the name there, the geometry."""

    line: int
    name: str
    geometry: tuple


class Ledger:
    """Knows every storage of a run by number, and measures each set of values once.

    It keeps weak references only: the data is freed as without it, and no address comes twice.
    """

    def __init__(self) -> None:
        self.refs: dict[int, StorageWeakRef] = {}
        self.numbers: dict[int, int] = {}
        self.origins: list[Origin] = []
        self.bytes = 0  # of all storages that were met on the way
        self.facts: dict[tuple, Facts] = {}
        self.moments: dict[tuple, tuple[Moments, float | None]] = {}

    def meet(self, tensor: Tensor, line: int, name: str, *, counted: bool = True) -> bool:
        """Note the tensor's storage; whether it is a new one."""
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key in self.numbers:
            return False
        self.refs[key] = StorageWeakRef(storage)
        self.numbers[key] = len(self.origins)
        self.origins.append(Origin(line, name, geometry(tensor)))
        if counted:
            self.bytes += storage.nbytes()
        return True

    def number(self, tensor: Tensor) -> int:
        """The number of a storage that was met."""
        return self.numbers[tensor.untyped_storage()._cdata]

    def measure(self, tensor: Tensor) -> Facts:
        """The facts of a tensor that was met; the same tensor in the same state costs nothing."""
        number = self.number(tensor)
        state = (number, version(tensor))
        key = (*state, geometry(tensor))
        if key not in self.facts:
            self.facts[key] = self._measure(tensor, state, number)
        return self.facts[key]

    @torch.no_grad()
    @torch.autocast("cpu", enabled=False)
    def _measure(self, tensor: Tensor, state: tuple, number: int) -> Facts:
        shape = tuple(tensor.shape)
        moments, fingerprint, picture, corner, sample = Moments(), None, None, None, None
        at, corner_at = slice_of(shape), _corner_of(len(shape))
        if tensor.numel() and tensor.device.type != "meta":
            values = plain(tensor)
            moments, fingerprint = self._moments(tensor, values, state)
            picture = _shown(values, at)
            corner = values[corner_at].float().clone().numpy()
            sample = np.atleast_1d(values.numpy())[_places(shape or (1,))].astype(np.float64)
        return Facts(
            shape=shape,
            dtype=str(tensor.dtype).removeprefix("torch."),
            device=str(tensor.device),
            moments=moments,
            slice_at=_words(at),
            picture=picture,
            corner_at=_words(corner_at),
            corner=corner,
            sample=sample,
            fingerprint=fingerprint,
            storage=number,
            nbytes=tensor.untyped_storage().nbytes(),
        )

    def _moments(
        self, tensor: Tensor, values: Tensor, state: tuple
    ) -> tuple[Moments, float | None]:
        """Statistics, once for all views of the same values; the order-sensitive sum only
        where the values lie in order, so that nothing large is copied for it."""
        in_order = values.is_contiguous()
        key = (*state, tensor.dtype, tensor.storage_offset(), tuple(_axes(tensor)), in_order)
        if key not in self.moments:
            self.moments[key] = _moments(_flat(values), in_order=in_order)
        return self.moments[key]


def geometry(tensor: Tensor) -> tuple:
    """What tells two views of one storage apart."""
    shape, stride = tuple(tensor.shape), tensor.stride()
    return (shape, stride, tensor.storage_offset(), tensor.dtype, tensor.is_conj())


def version(tensor: Tensor) -> int:
    """How often the storage was written into; tensors of inference mode do not count it."""
    return 0 if tensor.is_inference() else tensor._version


def plain(tensor: Tensor) -> Tensor:
    """The values on the CPU, as numpy can take them: float32 or float64, nothing copied there."""
    values = tensor.detach().resolve_conj().resolve_neg().cpu()
    if values.is_complex():
        values = values.abs()
    if values.dtype in (torch.float32, torch.float64):
        return values
    return values.double() if not values.is_floating_point() else values.float()


def slice_of(shape: tuple[int, ...]) -> tuple[Any, ...]:
    """Which two axes a picture shows: of the first sample, the two neighbors most alike in size.

    For a map `b h w c` that is one channel of the map; for tokens the last two axes.

    >>> slice_of((1, 56, 56, 96)), slice_of((64, 3, 49, 32))
    ((0, slice(None, None, None), slice(None, None, None), 0), \
(0, 0, slice(None, None, None), slice(None, None, None)))
    """
    rank = len(shape)
    at: list[Any] = [0] * rank
    first = max(rank - 2, 0)
    if rank == 4 and min(shape[1:3]) > 1 and _ratio(*shape[1:3]) < _ratio(*shape[2:4]):
        first = 1
    for axis in range(first, min(first + 2, rank)):
        at[axis] = slice(None)
    return tuple(at)


def _ratio(a: int, b: int) -> float:
    return max(a, b) / max(min(a, b), 1)


def _corner_of(rank: int) -> tuple[Any, ...]:
    return (0,) * (rank - 2) + (slice(CORNER),) * min(rank, 2)


def _words(at: tuple[Any, ...]) -> str:
    parts = ("0" if part == 0 else (":" if part.stop is None else f":{part.stop}") for part in at)
    return f"[{', '.join(parts)}]" if at else ""


def _shown(values: Tensor, at: tuple[Any, ...]) -> NDArray:
    cut = values[at]
    cut = cut[(None,) * (2 - cut.ndim)] if cut.ndim < 2 else cut
    steps = tuple(slice(None, None, -(-side // PICTURE)) for side in cut.shape)
    return cut[steps].float().clone().numpy()


@lru_cache(maxsize=1024)
def _places(shape: tuple[int, ...]) -> tuple[NDArray, ...]:
    """Places of a sample, evenly spaced in the order of reading."""
    numel = int(np.prod(shape, dtype=np.int64))
    at = np.unique(np.linspace(0, numel - 1, min(SAMPLE, numel)).astype(np.int64))
    return np.unravel_index(at, shape)


def _axes(tensor: Tensor) -> list[tuple[int, int]]:
    """(stride, size) from the innermost axis: what tells which values a view takes, in no order.

    An axis of stride 0 repeats values, and one of size 1 has none to add.
    """
    pairs = zip(tensor.stride(), tensor.shape, strict=True)
    return sorted((stride, size) for stride, size in pairs if size > 1 and stride > 0)


def _flat(values: Tensor) -> Tensor:
    """All different values in a row, without a copy where they lie side by side."""
    inner = 1
    for stride, size in _axes(values):
        if stride != inner:
            return values.contiguous().view(-1)
        inner *= size
    return values.as_strided((inner,), (1,), values.storage_offset())


@lru_cache(maxsize=8)
def _weights(dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Ones for the sum; for the fingerprint random weights, no two of them the same."""
    drawn = torch.from_numpy(np.random.default_rng(0).standard_normal(ROW))
    return torch.ones(ROW, dtype=dtype), drawn.to(dtype)


def _moments(flat: Tensor, *, in_order: bool) -> tuple[Moments, float | None]:
    # Not numpy: its products start threads of their own, which crawl on a busy machine.
    low, high = (float(value) for value in torch.aminmax(flat))
    bad = 0
    if not math.isfinite(low + high):
        finite = flat.isfinite()
        bad = flat.numel() - int(finite.sum())
        flat, in_order = flat[finite], False
        if not flat.numel():
            return Moments(bad=bad), None
        low, high = (float(value) for value in torch.aminmax(flat))
    whole = flat.numel() // ROW * ROW
    ones, drawn = _weights(flat.dtype)
    rows, rest = flat[:whole].view(-1, ROW), flat[whole:].double()
    mean = float((rows @ ones).double().sum() + rest.sum()) / flat.numel()
    squares = float(flat[:whole].dot(flat[:whole])) + float(rest.dot(rest))
    variance = squares / flat.numel() - mean * mean
    if not variance > 1e-3 * mean * mean:  # too much would cancel: the slow way
        variance = float((flat.double() - mean).square().mean())
    moments = Moments(mean, math.sqrt(max(variance, 0.0)), low, high, bad)
    if not in_order:
        return moments, None
    # Rows get weights, too, so that two rows that changed places do not go unseen.
    of_rows = _weights(torch.float64)[1][torch.arange(len(rows)) % ROW]
    fingerprint = of_rows.dot((rows @ drawn).double()) + drawn[: rest.numel()].double().dot(rest)
    return moments, float(fingerprint)

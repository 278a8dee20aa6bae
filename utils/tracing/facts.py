"""What is kept of a tensor: facts, a few numbers and a small picture, never the tensor itself."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef

from utils.tracing.slices import MOST, Slice, slices_of

MANY = 4000  # tensors, beyond which less is kept of each
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
    slices: tuple[Slice, ...]  # none of a tensor without values
    opened: int  # which of them is shown first
    sample: NDArray | None
    fingerprint: float | None
    storage: int  # number of the storage, in the order in which the run met them
    nbytes: int  # of the whole storage

    @property
    def shown(self) -> Slice | None:
        """The slice that is shown first."""
        return self.slices[self.opened] if self.slices else None

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

    def __init__(self, corner: tuple[int | slice, ...] | None = None) -> None:
        self.corner = corner  # which numbers are shown, where a reader has said so
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

    @property
    def most(self) -> int:
        """How many slices are kept of a tensor: of a very long run only one each."""
        return MOST if len(self.facts) < MANY else 1

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
        moments, fingerprint, sample = Moments(), None, None
        slices: list[Slice] = []
        opened = 0
        if tensor.numel() and tensor.device.type != "meta":
            values = plain(tensor)
            moments, fingerprint = self._moments(tensor, values, state)
            slices, opened = slices_of(values.numpy(), self.corner, most=self.most)
            sample = np.atleast_1d(values.numpy())[_places(shape or (1,))].astype(np.float64)
        return Facts(
            shape=shape,
            dtype=str(tensor.dtype).removeprefix("torch."),
            device=str(tensor.device),
            moments=moments,
            slices=tuple(slices),
            opened=opened,
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

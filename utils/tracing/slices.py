"""Which part of a tensor is shown: some pictures of two axes, and a few of its numbers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.errors import ConfigError

PICTURE = 24  # most rows and columns of the picture of a slice, of one that is not shown whole
WHOLE = 49  # rows and columns up to which it is: the tokens of a window of the published models
CORNER = 3  # rows and columns of the numbers, as in the source document of this tracer
MOST = 6  # pictures of one tensor: of windows and heads, evenly spaced, the first and the last
LOOKED = (256, 4096)  # rows and columns in which a place is sought where values differ

Corner = str | tuple[int | slice, ...] | None
Index = tuple[Any, ...]


@dataclass(slots=True, frozen=True, eq=False)
class Slice:
    """Two axes of a tensor as a picture (of large ones every second row, ...), and numbers."""

    at: str  # "[0, 7, :, :]"
    picture: NDArray
    corner_at: str  # "[0, 7, :3, 3:6]"
    corner: NDArray


def corner_of(given: Corner) -> tuple[int | slice, ...] | None:
    """A reader's choice of numbers as an index: of text like "[:3, :3, :3]", or an index.

    Raises: ConfigError for what is no index of whole numbers and slices.

    >>> corner_of("[0, :3, 2:8:2]")
    (0, slice(None, 3, None), slice(2, 8, 2))
    """
    if given is None:
        return None
    if isinstance(given, str):
        parts = [part.strip() for part in given.strip().strip("[]()").split(",")]
        if all(re.fullmatch(r"-?\d+|(-?\d*):(-?\d*)(:-?\d*)?", part) for part in parts):
            return tuple(_part(part) for part in parts)
    else:
        index = given if isinstance(given, tuple) else (given,)
        if index and all(isinstance(part, int | slice) for part in index):
            return index
    raise ConfigError(
        f"slice={given!r} came",
        allowed="a slice is text like '[:3, :3, :3]', or an index like numpy.s_[:3, :3]",
        mend="leave it out to see the corner of two axes",
    )


def slices_of(
    values: NDArray, corner: tuple[int | slice, ...] | None, *, most: int = MOST
) -> tuple[list[Slice], int]:
    """At most so many pictures of a tensor, and which of them to open: one where values differ.

    That is the first, or, where it has one value only, the last of the others: of a mask the
    window in the corner, where the most is forbidden.
    """
    found = [_slice(values, at, corner) for at in _places(values.shape, most)]
    differ = [at for at, one in enumerate(found) if not _is_constant(one.picture)]
    return found, 0 if not differ or differ[0] == 0 else differ[-1]


def axes_of(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Which two axes a picture shows: the two neighbors most alike in size.

    For a map `b h w c` that is one channel of the map; for tokens the last two axes.

    >>> axes_of((1, 56, 56, 96)), axes_of((64, 3, 49, 32)), axes_of((5,)), axes_of(())
    ((1, 2), (2, 3), (0,), ())
    """
    rank = len(shape)
    if rank == 4 and min(shape[1:3]) > 1 and _ratio(*shape[1:3]) < _ratio(*shape[2:4]):
        return (1, 2)
    return tuple(range(max(rank - 2, 0), rank))


def words(index: Index) -> str:
    """An index as it is written.

    >>> words((0, slice(None), slice(3), slice(3, 6)))
    '[0, :, :3, 3:6]'
    """
    return f"[{', '.join(map(_word, index))}]" if index else ""


def _places(shape: tuple[int, ...], most: int) -> Iterator[Index]:
    """The kept indices of all axes but those of the picture."""
    axes = axes_of(shape)
    lead = [side for axis, side in enumerate(shape) if axis not in axes]
    count = int(np.prod(lead, dtype=np.int64))
    for at in np.unique(np.linspace(0, count - 1, min(most, count)).round().astype(int)):
        chosen = iter(np.unravel_index(at, lead) if lead else ())
        yield tuple(slice(None) if a in axes else int(next(chosen)) for a in range(len(shape)))


def _slice(values: NDArray, at: Index, corner: tuple[int | slice, ...] | None) -> Slice:
    cut = values[at]
    flat = cut[(None,) * (2 - cut.ndim)] if cut.ndim < 2 else cut
    most = PICTURE if max(flat.shape) > WHOLE else WHOLE
    steps = tuple(slice(None, None, -(-side // most)) for side in flat.shape)
    picture = flat[steps].astype(np.float32)
    if corner is not None:
        index = (*corner, *corner[-1:] * len(at))[: len(at)]
        index = tuple(_within(part, side) for part, side in zip(index, values.shape, strict=True))
    else:
        starts = iter(_starts(flat)[-cut.ndim :] if cut.ndim else ())
        index = tuple(
            slice(start or None, start + CORNER) if isinstance(part, slice) else part
            for part in at
            for start in ([next(starts)] if isinstance(part, slice) else [0])
        )
    return Slice(words(at), picture, words(index), np.array(values[index], dtype=np.float32))


def _starts(cut: NDArray) -> tuple[int, int]:
    """Where the numbers begin: at 0, or, where there is one value only, at the first other one."""
    if not _is_constant(cut[:CORNER, :CORNER]):
        return 0, 0
    differ = np.argwhere(cut[: LOOKED[0], : LOOKED[1]] != cut[0, 0])
    if not len(differ):
        return 0, 0
    row, column = (
        min(int(place) - 1, side - CORNER) if place >= CORNER else 0
        for place, side in zip(differ[0], cut.shape, strict=True)
    )
    return row, column


def _is_constant(values: NDArray) -> bool:
    return bool((values == values.flat[0]).all())


def _within(part: int | slice, side: int) -> int | slice:
    """An index that is past the end means the last."""
    return part if isinstance(part, slice) else max(-side, min(part, side - 1))


def _part(text: str) -> int | slice:
    if ":" not in text:
        return int(text)
    return slice(*(int(number) if number else None for number in text.split(":")))


def _word(part: int | slice) -> str:
    if isinstance(part, int):
        return str(part)
    ends = "" if part.start is None else part.start, "" if part.stop is None else part.stop
    step = f":{part.step}" if part.step is not None else ""
    return f"{ends[0]}:{ends[1]}{step}"


def _ratio(a: int, b: int) -> float:
    return max(a, b) / max(min(a, b), 1)

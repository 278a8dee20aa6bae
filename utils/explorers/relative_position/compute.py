"""One offset in three places: a pair in the window, an entry of the table, cells of the matrix."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32, Int32

from utils.explorers.settings import choice, point, slider, sweep_of
from utils.ops import relative_position_bias, relative_position_index

LARGEST = 7  # the published window
SIDES = {"picture": 176, "table": 182, "matrix": 256}  # pixels on the screen
PICTURE_SIZE = (SIDES["picture"], SIDES["picture"])
CONSTANTS = {"sides": SIDES}
PEAK = 2.0  # the largest value of the example table


@dataclass(frozen=True)
class Settings:
    """What the learner sets."""

    window_size: int = slider("Window size", 4, low=2, high=LARGEST)
    show: str = choice("Numbers and colors", "index", {"index": "Index", "bias": "Bias"})
    query: tuple[int, int] = point("Query", (1, 2), size=(LARGEST, LARGEST))
    key: tuple[int, int] = point("Key", (2, 0), size=(LARGEST, LARGEST))


@dataclass(frozen=True)
class Result:
    """What the view shows."""

    index: Int32[np.ndarray, "n n"]  # entry of the table for every pair
    bias: Float32[np.ndarray, "n n"]  # what the table holds there
    table: Float32[np.ndarray, "rows columns"]  # by offset, from −(M−1) to M−1
    query: int  # tokens, inside the window
    key: int
    entry: int  # of the table that this pair reads
    sharing: int  # pairs that read the same entry


def compute(settings: Settings) -> Result:
    """Spread an example table over all pairs of a window."""
    size = settings.window_size
    query, key = (_token(cell, size) for cell in (settings.query, settings.key))
    table = example_table(size)
    index = relative_position_index((size, size))
    bias = relative_position_bias(table.reshape(-1, 1), window_size=(size, size))
    entry = int(index[query, key])
    return Result(
        index=index.int().numpy(),
        bias=bias[0].numpy(),
        table=table.numpy(),
        query=query,
        key=key,
        entry=entry,
        sharing=int((index == entry).sum()),
    )


def example_table(size: int) -> torch.Tensor:
    """A head that likes the token above: largest where the query is one row below the key."""
    offsets = torch.arange(1 - size, size, dtype=torch.float64)
    rows, columns = offsets[:, None], offsets[None, :]
    return (PEAK * torch.exp(-((rows - 1) ** 2 + columns**2) / 4)).float()


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    m = settings.window_size
    (qy, qx), (ky, kx) = divmod(result.query, m), divmod(result.key, m)
    dy, dx = qy - ky, qx - kx
    # 1e-6 keeps a value that lies between two roundings on the same side in the browser.
    bias = f"{result.table.flat[result.entry] + 1e-6:.2f}"
    return (
        f"Query {result.query} minus key {result.key} is {_signed(dy)} rows and {_signed(dx)} "
        f"columns, so this pair reads entry ({_signed(dy)} + {m - 1})·{2 * m - 1} + "
        f"({_signed(dx)} + {m - 1}) = {result.entry} of {(2 * m - 1) ** 2}; the example head holds "
        f"a bias of {bias} there. {result.sharing} of {m**4:,} pairs share it. "
        f"The numbers are the {settings.show}."
    )


def sweep() -> Iterator[Settings]:
    """Every window size with pairs from all over it."""
    yield from sweep_of(Settings)
    for size in range(2, LARGEST + 1):
        for i in range(8):
            query, key = ((3 * i) % size, (5 * i + 1) % size), ((i + 2) % size, (7 * i) % size)
            yield Settings(size, "bias" if i % 2 else "index", query, key)


def _token(cell: tuple[int, int], size: int) -> int:
    # A smaller window keeps the ring at its rim.
    return min(cell[0], size - 1) * size + min(cell[1], size - 1)


def _signed(offset: int) -> str:
    return f"+{offset}" if offset > 0 else str(offset).replace("-", "−")

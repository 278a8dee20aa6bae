"""Several maps of one picture as one row of tokens, and back: what attention over maps works on."""

from collections.abc import Sequence

from einops import pack, unpack
from jaxtyping import Float
from torch import Tensor

Map = Float[Tensor, "b _h _w c"]
Sizes = tuple[tuple[int, int], ...]  # (height, width) of each map


def sizes_of(maps: Sequence[Tensor]) -> Sizes:
    """The size of each map."""
    return tuple((features.shape[1], features.shape[2]) for features in maps)


def in_one_row(maps: Sequence[Tensor]) -> Float[Tensor, "b n c"]:
    """The cells of all maps, one map after the other, row by row.

    >>> import torch
    >>> in_one_row([torch.zeros(1, 4, 6, 8), torch.zeros(1, 2, 3, 8)]).shape
    torch.Size([1, 30, 8])
    """
    return pack(list(maps), "b * c")[0]


def as_maps(tokens: Float[Tensor, "b n c"], sizes: Sizes) -> list[Tensor]:
    """The maps of these sizes, out of one row of their cells.

    >>> import torch
    >>> [tuple(m.shape) for m in as_maps(torch.zeros(1, 30, 8), ((4, 6), (2, 3)))]
    [(1, 4, 6, 8), (1, 2, 3, 8)]
    """
    return unpack(tokens, list(sizes), "b * c")

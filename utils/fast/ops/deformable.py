"""Deformable attention as sums of rows of one long table."""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from utils.ops.deformable import deformable_attention
from utils.switch import definition, fast_form

Sizes = tuple[tuple[int, int], ...]


@fast_form(deformable_attention)
def attention_in_bags(
    values: Tensor, *, sizes: Sizes, locations: Tensor, weights: Tensor
) -> Tensor:
    """Each query and head sums a bag of rows, four around each point: torch's `embedding_bag`.

    Gains: nothing that is read is ever stored, neither maps by head nor values by point: on a CPU
    a fraction of the time and the memory. Costs: an index and a share for every row that is read.
    Assumes: places in float32 or better, and fewer than 2³¹ rows.
    """
    if locations.dtype.itemsize < 4 or values.dtype.itemsize < 4:
        return definition(deformable_attention)(
            values, sizes=sizes, locations=locations, weights=weights
        )
    b, n, heads = values.shape[:3]
    queries = locations.shape[1]
    cells, shares = _corners(sizes, locations)
    # The value of picture p, cell c and head k is row (p · n + c) · heads + k of one long table,
    # and each query and head sums a bag of its rows: nothing that is read is ever stored.
    picture = torch.arange(b, device=values.device).reshape(b, 1, 1, 1, 1, 1) * n
    head = torch.arange(heads, device=values.device).reshape(heads, 1, 1, 1)
    rows = (picture + cells) * heads + head
    out = functional.embedding_bag(
        rearrange(rows, "b i heads levels points four -> (b i heads) (levels points four)"),
        rearrange(values, "b n heads d -> (b n heads) d"),
        mode="sum",
        per_sample_weights=rearrange(
            (weights[..., None] * shares).to(values.dtype),  # autocast leaves them in float32
            "b i heads levels points four -> (b i heads) (levels points four)",
        ),
    )
    return rearrange(out, "(b i heads) d -> b i heads d", b=b, i=queries)


def _corners(
    sizes: Sizes, locations: Float[Tensor, "b i heads levels points 2"]
) -> tuple[Tensor, Tensor]:
    """The four cells around every location, counted over all maps, and the share of each.

    Shape: both (b, i, heads, levels, points, 4); a cell outside its map has the share 0.
    """
    wide = locations.new_tensor([(w, h) for h, w in sizes])[:, None]  # levels 1 2, as (x, y)
    # In cells of the map: the middle of the first one is 0.
    places = locations * wide - 0.5
    first = places.detach().floor()
    right, below = (places - first).unbind(dim=-1)
    shares = torch.stack(
        [(1 - right) * (1 - below), right * (1 - below), (1 - right) * below, right * below], dim=-1
    )
    x, y = first.unbind(dim=-1)
    x, y = torch.stack([x, x + 1, x, x + 1], dim=-1), torch.stack([y, y, y + 1, y + 1], dim=-1)
    w, h = wide[..., 0, None], wide[..., 1, None]
    inside = (x >= 0) & (x < w) & (y >= 0) & (y < h)
    # Whole numbers are exact in bfloat16 only up to 256: counted as integers.
    x, y, columns = (part.long() for part in (x, y, w))
    before = torch.tensor([h * w for h, w in sizes], device=locations.device).cumsum(0)
    start = functional.pad(before[:-1], (1, 0))[:, None, None]
    return torch.where(inside, start + y * columns + x, 0), torch.where(inside, shares, 0)

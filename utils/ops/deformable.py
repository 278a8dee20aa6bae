"""Attention that looks at a few places, wherever it wants, instead of at everything."""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from utils.errors import ShapeError
from utils.ops._check import Size


def reference_points(
    sizes: tuple[Size, ...],
    *,
    device: torch.device | str | None = None,
    dtype: torch.dtype = torch.float32,
) -> Float[Tensor, "n 2"]:
    """The middle of every cell of some maps, one map after the other, row by row.

    Units: (x, y) in [0, 1], where 0 and 1 are the outer edges of the picture, so that one point
    means the same place in maps of any size. Paper: Deformable DETR (arXiv 2010.04159), A.3.

    >>> reference_points(((1, 2), (1, 1))).tolist()
    [[0.25, 0.5], [0.75, 0.5], [0.5, 0.5]]
    """
    points = []
    for h, w in sizes:
        y = (torch.arange(h, device=device, dtype=dtype) + 0.5) / h
        x = (torch.arange(w, device=device, dtype=dtype) + 0.5) / w
        points.append(torch.stack([x.expand(h, w), y[:, None].expand(h, w)], dim=-1).flatten(0, 1))
    return torch.cat(points)


def deformable_attention(
    values: Float[Tensor, "b n heads d"],
    *,
    sizes: tuple[Size, ...],
    locations: Float[Tensor, "b i heads levels points 2"],
    weights: Float[Tensor, "b i heads levels points"],
) -> Float[Tensor, "b i heads d"]:
    """Sum of a few values, each read between the cells of its map and multiplied by its weight.

    `values` holds the maps (levels) of the given sizes one after the other, row by row. A location
    is read by bilinear interpolation from the four cells around it; what lies outside is 0.
    Units: locations are (x, y) in [0, 1] between the outer edges of the map.
    Shape: n = sum of the sizes' h · w -> (b, i, heads, d).
    Paper: Deformable DETR (arXiv 2010.04159) equation (3); ViT-Adapter section 3.
    Raises: ShapeError where sizes, values, locations and weights do not belong together.

    >>> values = torch.tensor([1.0, 3.0]).reshape(1, 2, 1, 1)  # one map of 1×2 cells
    >>> between = torch.tensor([0.5, 0.5]).reshape(1, 1, 1, 1, 1, 2)
    >>> weights = torch.ones(1, 1, 1, 1, 1)
    >>> deformable_attention(values, sizes=((1, 2),), locations=between, weights=weights).item()
    2.0
    """
    _check(values, sizes, locations, weights)
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
    sizes: tuple[Size, ...], locations: Float[Tensor, "b i heads levels points 2"]
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


def _check(values: Tensor, sizes: tuple[Size, ...], locations: Tensor, weights: Tensor) -> None:
    n = sum(h * w for h, w in sizes)
    if values.shape[1] != n:
        maps = ", ".join(f"{h}×{w}" for h, w in sizes)
        raise ShapeError(
            f"{values.shape[1]} values came for maps of {maps}",
            allowed=f"these maps have {n} cells together",
            mend="flatten each map row by row and join them in the order of the sizes",
        )
    fits = (values.shape[0], locations.shape[1], values.shape[2], len(sizes), locations.shape[4])
    if locations.shape != (*fits, 2) or weights.shape != fits:
        raise ShapeError(
            f"locations {tuple(locations.shape)} and weights {tuple(weights.shape)} came for "
            f"{values.shape[0]} pictures, {values.shape[2]} heads and {len(sizes)} maps",
            allowed="locations are (b, i, heads, levels, points, 2), weights the same without 2",
            mend="give every query one set of points per head and map",
        )

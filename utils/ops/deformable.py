"""Attention that looks at a few places, wherever it wants, instead of at everything."""

import torch
from einops import einsum, rearrange
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from utils.contracts import FloatDtype, Size, checked, holds, room
from utils.ops._rules import cells
from utils.switch import replaceable

_SOME_MAPS = holds(
    lambda sizes: len(sizes) > 0,
    "there is at least one map",
    mend="pass sizes=((h, w), ...), one pair for each map",
    of="setting",
)


@checked(_SOME_MAPS, room(lambda sizes: 2 * sum(map(cells, sizes)), "all points"))
def reference_points(
    sizes: tuple[Size, ...],
    *,
    device: torch.device | str | None = None,
    dtype: FloatDtype = torch.float32,
) -> Float[Tensor, "n 2"]:
    """The middle of every cell of some maps, one map after the other, row by row.

    Units: (x, y) in [0, 1], where 0 and 1 are the outer edges of the picture, so that one point
    means the same place in maps of any size. Paper: Deformable DETR (arXiv 2010.04159), A.3.

    >>> reference_points(((1, 2), (1, 1))).tolist()
    [[0.25, 0.5], [0.75, 0.5], [0.5, 0.5]]
    """
    points = []
    for h, w in sizes:
        # the middles of the rows and of the columns
        y = (torch.arange(h, device=device, dtype=dtype) + 0.5) / h
        x = (torch.arange(w, device=device, dtype=dtype) + 0.5) / w
        # every pair of them
        points.append(torch.stack([x.expand(h, w), y[:, None].expand(h, w)], dim=-1).flatten(0, 1))
    # one map after the other
    return torch.cat(points)


def _maps(sizes: tuple[Size, ...]) -> str:
    return ", ".join(f"{h}×{w}" for h, w in sizes)


@checked(
    _SOME_MAPS,
    holds(
        lambda n, sizes: n == sum(map(cells, sizes)),
        lambda sizes: f"these maps have {sum(map(cells, sizes))} cells together",
        came=lambda n, sizes: f"{n} values came for maps of {_maps(sizes)}",
        mend="flatten each map row by row and join them in the order of the sizes",
    ),
    holds(
        lambda levels, sizes: levels == len(sizes),
        "every map (level) has its own points",
        came=lambda levels, sizes: f"points on {levels} maps came for maps of {_maps(sizes)}",
        mend="give every query one set of points per head and map",
    ),
    room(
        lambda b, i, heads, points, d: b * i * heads * points * d,
        "all values that are read",
        fast=True,
    ),
)
@replaceable
def deformable_attention(
    values: Float[Tensor, "b n heads d"],
    *,
    sizes: tuple[Size, ...],
    locations: Float[Tensor, "b i heads levels points xy"],
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
    # Whole numbers are exact in bfloat16 only up to 256, and places need more.
    exact = torch.promote_types(torch.promote_types(values.dtype, locations.dtype), torch.float32)
    # map by map
    maps = values.to(exact).split([h * w for h, w in sizes], dim=1)
    # where to read: −1 and 1 are the outer edges of a map
    places = 2 * locations.to(exact) - 1
    # the sum, map by map
    total = torch.zeros((), device=values.device, dtype=exact)
    for level, (h, w) in enumerate(sizes):
        # one map for each picture and head
        planes = rearrange(maps[level], "b (h w) heads d -> (b heads) d h w", h=h, w=w)
        grid = rearrange(places[:, :, :, level], "b i heads points xy -> (b heads) i points xy")
        # every point, read between the four cells around it
        read = functional.grid_sample(planes, grid, padding_mode="zeros", align_corners=False)
        read = rearrange(read, "(b heads) d i points -> b i heads points d", b=len(values))
        # the points of this map, each with its weight
        share = weights[:, :, :, level].to(exact)
        total = total + einsum(read, share, "b i heads points d, b i heads points -> b i heads d")
    # in the values' own dtype
    return total.to(values.dtype)

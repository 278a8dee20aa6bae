"""Training photographs as backgrounds of Shapes World.

Only scikit-image's are used: it is always installed, so that a scene is the same on every machine.
A photograph gives its light and dark; the colors are the scene's own.
"""

from functools import cache

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from utils.world.photographs import TRAINING, TRAINING_PHOTOGRAPHS, shared_photograph

TEXTURE_NAMES = tuple(name for name in TRAINING if TRAINING_PHOTOGRAPHS[name].package == "skimage")
TILE = 256  # pixels on each side of a stored texture
TILE_UNITS = 8.0  # own units that one tile spans; a frame spans about 3.3


@cache
def _tiles(device: torch.device) -> Float[Tensor, "k 1 tile tile"]:
    """The middle square of each photograph, in gray, spread over [0, 1]."""
    tiles = []
    for name in TEXTURE_NAMES:
        gray = shared_photograph(name).mean(0)
        h, w = gray.shape
        side = min(h, w)
        top, left = (h - side) // 2, (w - side) // 2
        square = gray[None, None, top : top + side, left : left + side]
        tile = functional.interpolate(square, (TILE, TILE), mode="bilinear", antialias=True)
        low, high = tile.quantile(0.02), tile.quantile(0.98)
        tiles.append(((tile - low) / (high - low)).clamp(0, 1))
    return torch.cat(tiles).to(device)


def photograph_plane(
    which: Int[Tensor, "b"],
    place: Float[Tensor, "b 2"],
    colors: Float[Tensor, "b two rgb"],
    plane: Float[Tensor, "b 2 3"],
    *,
    size: tuple[int, int],
) -> Float[Tensor, "b h w rgb"]:
    """A photograph that fills the picture; `plane` takes a pixel (x, y, 1) to own units.

    `place` in [0, 1] says where on its tile the middle of the first frame lies.
    """
    h, w = size
    x = torch.arange(w, device=plane.device, dtype=plane.dtype)
    y = torch.arange(h, device=plane.device, dtype=plane.dtype)
    (turn, down, start) = plane[:, None, None].unbind(-1)
    own = turn * x[:, None] + down * y[:, None, None] + start
    # In grid_sample's units a tile spans 2; the middle half of it is where first frames are put.
    grid = own * (2 / TILE_UNITS) + (place - 0.5)[:, None, None]
    light = functional.grid_sample(
        _tiles(plane.device)[which], grid, padding_mode="reflection", align_corners=False
    )
    first, second = colors[:, :, None, None].unbind(1)
    return torch.lerp(second, first, light[:, 0, ..., None])

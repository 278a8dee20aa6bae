"""The picture that a view shows: the course's scene, or the learner's own."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import numpy as np
import torch
from einops import rearrange
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from torch.nn import functional

from utils.fast import fast
from utils.io.images import as_picture, own_picture
from utils.world.scene import scene_picture

Inside = TypeVar("Inside")
Size = tuple[int, int]
Picture = Float[Tensor, "3 h w"]
Filled = Float[Tensor, "3 rows columns"]


def picture_of(source: Any, *, size: Size) -> Filled:
    """Whatever the learner gives, or the scene, as a picture of exactly this size.

    Shape: -> (3, *size), in [0, 1]. The middle is kept where the proportions differ.
    """
    if source is None:
        source = scene_picture(size)[0]
    else:
        source = as_picture(source) if isinstance(source, Tensor) else own_picture(source)
    return fill(source, size=size)


def fill(picture: Picture, *, size: Size) -> Filled:
    """Scale and cut the middle, so that a picture fills `size` without being stretched."""
    h, w = picture.shape[1:]
    factor = max(size[0] / h, size[1] / w)
    scaled = (max(round(h * factor), size[0]), max(round(w * factor), size[1]))
    if scaled != (h, w):
        picture = functional.interpolate(
            picture[None], scaled, mode="bilinear", antialias=True, align_corners=False
        )[0].clamp(0, 1)
    top, left = (scaled[0] - size[0]) // 2, (scaled[1] - size[1]) // 2
    return picture[:, top : top + size[0], left : left + size[1]]


def as_bytes(picture: Picture) -> UInt8[np.ndarray, "h w 3"]:
    """A picture in [0, 1] as the 0..255 that a screen takes."""
    return rearrange((picture * 255).round().byte(), "c h w -> h w c").numpy()


def scene_for(model: Any, side_of: Callable[[Any], int] | None) -> Float[Tensor, "1 3 h w"] | None:
    """The scene drawn at the size that the model learned on; None where it takes any size.

    A larger scene made smaller has other edges than those that the model knows.
    """
    return None if side_of is None else scene_picture((side_of(model),) * 2)


def scene_pass(
    run: Callable[[Any, Float[Tensor, "1 rgb h w"]], Inside],
    model: Callable[[], nn.Module],
    size: Size,
    *,
    side_of: Callable[[Any], int] | None = None,
) -> Callable[[], Inside]:
    """What `run` keeps of a model's pass over the scene; made when first asked for, then kept."""

    @cache
    def inside() -> Inside:
        own = scene_for(model(), side_of)
        with torch.no_grad(), fast():
            return run(model(), picture_of(None, size=size)[None] if own is None else own)

    return inside

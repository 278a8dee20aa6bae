"""Pad a map to a multiple of something, and crop it back."""

from typing import Literal

from einops import rearrange
from jaxtyping import Shaped
from torch import Tensor
from torch.nn import functional

from utils.errors import ConfigError, ShapeError
from utils.ops._check import Size, check_map, check_size

Mode = Literal["constant", "reflect", "replicate"]
Place = Literal["end", "center"]


def pad_to_multiple(
    x: Shaped[Tensor, "b h w c"], *, multiple: Size, mode: Mode = "constant", place: Place = "end"
) -> Shaped[Tensor, "b padded_h padded_w c"]:
    """Enlarge a map until `multiple` divides its sides; `constant` fills with zeros.

    `place="end"` adds below and to the right; `"center"` half on each side, the odd one at the
    end. A side too small to reflect is replicated. A map that fits comes back as it is.
    Shape: (b, h, w, c) -> (b, h + (−h mod multiple), w + (−w mod multiple), c).
    Raises: ShapeError for what is no map, ConfigError for unknown settings.

    >>> import torch
    >>> pad_to_multiple(torch.zeros(1, 50, 60, 3), multiple=(7, 7)).shape
    torch.Size([1, 56, 63, 3])
    """
    check_map(x)
    check_size(multiple, name="multiple")
    _check_choice("mode", mode, ("constant", "reflect", "replicate"))
    _check_choice("place", place, ("end", "center"))
    rests = [-side % step for side, step in zip(x.shape[1:3], multiple, strict=True)]
    if not any(rests):
        return x
    before = [_before(rest, place) for rest in rests]
    after = [rest - first for rest, first in zip(rests, before, strict=True)]
    if mode == "constant":
        return functional.pad(x, (0, 0, before[1], after[1], before[0], after[0]))
    planes = rearrange(x, "b h w c -> b c h w")
    for axis, pads in enumerate(((0, 0, before[0], after[0]), (before[1], after[1], 0, 0))):
        small = max(pads) >= x.shape[1 + axis]  # reflecting needs more cells than it adds
        planes = functional.pad(planes, pads, mode="replicate" if small else mode)
    return rearrange(planes, "b c h w -> b h w c")


def crop(
    x: Shaped[Tensor, "b padded_h padded_w c"], *, size: Size, place: Place = "end"
) -> Shaped[Tensor, "b h w c"]:
    """Undo `pad_to_multiple`: keep the `size` that was there before.

    Shape: (b, padded_h, padded_w, c) -> (b, *size, c). Raises: ShapeError for a larger size.

    >>> import torch
    >>> crop(torch.zeros(1, 56, 63, 3), size=(50, 60)).shape
    torch.Size([1, 50, 60, 3])
    """
    check_map(x)
    check_size(size, name="size")
    _check_choice("place", place, ("end", "center"))
    rests = [have - want for have, want in zip(x.shape[1:3], size, strict=True)]
    if min(rests) < 0:
        raise ShapeError(
            f"a crop to {size[0]}×{size[1]} of a {x.shape[1]}×{x.shape[2]} map was asked for",
            allowed="a crop is at most as large as the map",
            mend="pass the size that the map had before it was padded",
        )
    top, left = (_before(rest, place) for rest in rests)
    return x[:, top : top + size[0], left : left + size[1]]


def _before(rest: int, place: Place) -> int:
    return rest // 2 if place == "center" else 0


def _check_choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ConfigError(
            f"{name} {value!r} came",
            allowed=f"{name} is one of {', '.join(allowed)}",
            mend=f"pass {name}={allowed[0]!r}, the default",
        )

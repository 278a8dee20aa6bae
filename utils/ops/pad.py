"""Pad a map to a multiple of something, and crop it back."""

from functools import partial
from typing import Literal

from jaxtyping import Shaped
from torch import Tensor
from torch.nn import functional

from utils.contracts import FLOATS, Size, checked, holds, room
from utils.ops._rules import padded
from utils.ops.planes import on_planes

Mode = Literal["constant", "reflect", "replicate"]
Place = Literal["end", "center"]
HALVES = {"end": 0, "center": 1}  # how many halves of what is added or cut lie before the map


@checked(
    holds(
        lambda x, mode: mode == "constant" or x.dtype in FLOATS,
        "only floating-point maps are reflected and replicated",
        came=lambda x, mode: f"a map of dtype {str(x.dtype)[6:]} came with mode={mode!r}",
        mend="x.float() makes it so",
    ),
    room(lambda b, h, w, c, multiple: b * padded((h, w), multiple) * c, "the padded map"),
)
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
    rests = [-side % step for side, step in zip(x.shape[1:3], multiple, strict=True)]
    if not any(rests):
        return x
    before = [rest * HALVES[place] // 2 for rest in rests]
    after = [rest - first for rest, first in zip(rests, before, strict=True)]
    if mode == "constant":
        return functional.pad(x, (0, 0, before[1], after[1], before[0], after[0]))
    for axis, pads in enumerate(((0, 0, before[0], after[0]), (before[1], after[1], 0, 0))):
        small = max(pads) >= x.shape[1 + axis]  # reflecting needs more cells than it adds
        how = "replicate" if small else mode
        # first rows above and below, then columns at both sides
        x = on_planes(partial(functional.pad, pad=pads, mode=how), x)
    return x


@checked(
    holds(
        lambda padded_h, padded_w, size: size[0] <= padded_h and size[1] <= padded_w,
        "a crop is at most as large as the map",
        came=lambda padded_h, padded_w, size: (
            f"a crop to {size[0]}×{size[1]} of a {padded_h}×{padded_w} map was asked for"
        ),
        mend="pass the size that the map had before it was padded",
    ),
)
def crop(
    x: Shaped[Tensor, "b padded_h padded_w c"], *, size: Size, place: Place = "end"
) -> Shaped[Tensor, "b h w c"]:
    """Undo `pad_to_multiple`: keep the `size` that was there before.

    Shape: (b, padded_h, padded_w, c) -> (b, *size, c). Raises: ShapeError for a larger size.

    >>> import torch
    >>> crop(torch.zeros(1, 56, 63, 3), size=(50, 60)).shape
    torch.Size([1, 50, 60, 3])
    """
    rests = [have - want for have, want in zip(x.shape[1:3], size, strict=True)]
    top, left = (rest * HALVES[place] // 2 for rest in rests)
    return x[:, top : top + size[0], left : left + size[1]]

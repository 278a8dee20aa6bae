"""The cyclic shift: move the map, so that the same cutting makes other windows."""

import torch
from einops import rearrange
from jaxtyping import Shaped
from torch import Tensor

from utils.ops._check import Size, check_map


def cyclic_shift(x: Shaped[Tensor, "b h w c"], *, shift_size: Size) -> Shaped[Tensor, "b h w c"]:
    """Roll a map up by `shift_size[0]` and left by `shift_size[1]`; what falls out comes back in.

    Shape: (b, h, w, c) -> the same. Paper: Swin section 3.2, "Efficient batch computation".

    >>> import torch
    >>> x = torch.arange(4).reshape(1, 1, 4, 1)
    >>> cyclic_shift(x, shift_size=(0, 1)).flatten().tolist()
    [1, 2, 3, 0]
    """
    check_map(x)
    if not any(shift_size):
        return x
    h, w = x.shape[1:3]
    rows = (torch.arange(h, device=x.device) + shift_size[0]) % h
    columns = (torch.arange(w, device=x.device) + shift_size[1]) % w
    source = rearrange(rows, "h -> h 1") * w + columns
    # One gather of whole cells; torch.roll copies the map once per axis and takes twice as long.
    cells = rearrange(x, "b h w c -> b (h w) c").index_select(1, rearrange(source, "h w -> (h w)"))
    return rearrange(cells, "b (h w) c -> b h w c", h=h)


def cyclic_unshift(x: Shaped[Tensor, "b h w c"], *, shift_size: Size) -> Shaped[Tensor, "b h w c"]:
    """Undo `cyclic_shift`.

    Shape: (b, h, w, c) -> the same.

    >>> import torch
    >>> x = torch.arange(12).reshape(1, 3, 4, 1)
    >>> torch.equal(cyclic_unshift(cyclic_shift(x, shift_size=(1, 2)), shift_size=(1, 2)), x)
    True
    """
    return cyclic_shift(x, shift_size=(-shift_size[0], -shift_size[1]))

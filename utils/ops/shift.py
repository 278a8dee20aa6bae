"""The cyclic shift: move the map, so that the same cutting makes other windows."""

import torch
from jaxtyping import Shaped
from torch import Tensor

from utils.contracts import checked
from utils.switch import replaceable


@checked()
@replaceable
def cyclic_shift(
    x: Shaped[Tensor, "b h w c"], *, shift_size: tuple[int, int]
) -> Shaped[Tensor, "b h w c"]:
    """Roll a map up by `shift_size[0]` and left by `shift_size[1]`; what falls out comes back in.

    Shape: (b, h, w, c) -> the same. Paper: Swin section 3.2, "Efficient batch computation".

    >>> import torch
    >>> x = torch.arange(4).reshape(1, 1, 4, 1)
    >>> cyclic_shift(x, shift_size=(0, 1)).flatten().tolist()
    [1, 2, 3, 0]
    """
    up, left = shift_size
    # rolled up and left
    return torch.roll(x, shifts=(-up, -left), dims=(1, 2))


@checked()
def cyclic_unshift(
    x: Shaped[Tensor, "b h w c"], *, shift_size: tuple[int, int]
) -> Shaped[Tensor, "b h w c"]:
    """Undo `cyclic_shift`.

    Shape: (b, h, w, c) -> the same.

    >>> import torch
    >>> x = torch.arange(12).reshape(1, 3, 4, 1)
    >>> torch.equal(cyclic_unshift(cyclic_shift(x, shift_size=(1, 2)), shift_size=(1, 2)), x)
    True
    """
    # rolled down and right
    return cyclic_shift(x, shift_size=(-shift_size[0], -shift_size[1]))

"""The cyclic shift in one copy."""

import torch
from einops import rearrange
from torch import Tensor

from utils.ops.shift import cyclic_shift
from utils.switch import fast_form


@fast_form(cyclic_shift)
def gathered_shift(x: Tensor, *, shift_size: tuple[int, int]) -> Tensor:
    """One gather of whole cells; torch.roll copies the map once per axis.

    Gains: about half the time. Costs: an index of h · w numbers. Assumes: nothing; a map that is
    not moved comes back as it is, uncopied.
    """
    if not any(shift_size):
        return x
    h, w = x.shape[1:3]
    rows = (torch.arange(h, device=x.device) + shift_size[0]) % h
    columns = (torch.arange(w, device=x.device) + shift_size[1]) % w
    source = rearrange(rows, "h -> h 1") * w + columns
    cells = rearrange(x, "b h w c -> b (h w) c").index_select(1, rearrange(source, "h w -> (h w)"))
    return rearrange(cells, "b (h w) c -> b h w c", h=h)

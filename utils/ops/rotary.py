"""Rotary position: turn queries and keys by their place, so that only offsets show in products."""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor

from utils.contracts import checked, holds

# RoFormer's 10000 is for sentences; maps are at most some hundred cells wide, and RoPE-ViT
# (arXiv 2403.13298) takes 100 for them.
TEMPERATURE = 100.0


@checked(
    holds(
        lambda c: c % 4 == 0,
        "the rotary position needs a multiple of 4: pairs for y and for x",
        came=lambda c: f"{c} channels came",
        mend="pass the width of the features, 128 for GMFlow",
        of="setting",
    ),
)
def rotate_by_place(x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c"]:
    """Turn each pair of channels by an angle that grows with y (first half) or x (second half).

    Pair k of a half turns by place · 100^(−4k / c). The product of a turned query and a turned key
    depends on the offset between them alone: a relative position that needs no table, no matrix
    and fits every size of map.
    Shape: (b, h, w, c) -> the same. Paper: RoFormer (arXiv 2104.09864) equation (15), on each axis.
    Raises: ConfigError where 4 does not divide the channels.

    >>> x = torch.ones(1, 5, 5, 4)
    >>> q = rotate_by_place(x)[0]
    >>> torch.allclose(q[0, 0] @ q[1, 2], q[3, 1] @ q[4, 3])  # two pairs, one offset
    True
    """
    h, w, c = x.shape[1:]
    dtype = torch.promote_types(x.dtype, torch.float32)
    # how fast each pair turns from cell to cell
    speed = TEMPERATURE ** -torch.arange(0, 1, 4 / c, device=x.device, dtype=dtype)
    # the angle of every pair at every place: by y in the first half, by x in the second
    y, x_place = (torch.arange(side, device=x.device, dtype=dtype) for side in (h, w))
    angle_y = (y[:, None] * speed)[:, None].expand(h, w, -1)
    angle_x = (x_place[:, None] * speed)[None].expand(h, w, -1)
    angle = torch.cat([angle_y, angle_x], dim=-1)
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    # every two channels are a point in the plane, and turn
    first, second = rearrange(x, "b h w (pairs two) -> two b h w pairs", two=2)
    turned = torch.stack([first * cos - second * sin, first * sin + second * cos], dim=-1)
    return rearrange(turned, "b h w pairs two -> b h w (pairs two)")

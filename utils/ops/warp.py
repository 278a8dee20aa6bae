"""Fetch a frame along the flow, and find what has no counterpart in the other frame."""

import torch
from einops import rearrange
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from utils.contracts import checked, room
from utils.ops.matching import coordinates


@checked(room(lambda b, h, w, c: b * h * w * c, "the map as it is fetched"))
def warp(x: Float[Tensor, "b h w c"], flow: Float[Tensor, "b h w xy"]) -> Float[Tensor, "b h w c"]:
    """Read map `x` (of frame 1) where `flow` says that each cell of frame 0 has gone.

    Bilinear between four cells; zeros outside the map, NaN where the flow is no number. What comes
    out looks like frame 0, where the flow is right and the cell is visible in both frames.
    Shape: (b, h, w, c), (b, h, w, 2) -> (b, h, w, c). Units: cells, (x, y).
    Paper: GMFlow section 3.4. Raises: ShapeError where the two do not fit.

    >>> x = torch.arange(4.0).reshape(1, 1, 4, 1)
    >>> warp(x, torch.tensor([1.5, 0.0]).expand(1, 1, 4, 2)).flatten().tolist()
    [1.5, 2.5, 1.5, 0.0]
    """
    h, w = x.shape[1:3]
    dtype = torch.promote_types(x.dtype, flow.dtype)
    # where each cell has gone
    places = coordinates((h, w), device=x.device, dtype=dtype) + flow
    # grid_sample wants −1 and +1 at the outer edges of the first and the last cell. (The official
    # code puts them at their middles: the same, but undefined for a side of one cell.)
    sides = torch.tensor([w, h], device=x.device, dtype=dtype)
    # what stands there, read between four cells
    planes = functional.grid_sample(
        rearrange(x, "b h w c -> b c h w").to(dtype),
        (2 * places + 1) / sides - 1,
        padding_mode="zeros",
        align_corners=False,
    )
    fetched = rearrange(planes, "b c h w -> b h w c").to(x.dtype)
    # from an unknown place comes an unknown value
    return fetched.where(flow.isfinite().all(dim=-1, keepdim=True), float("nan"))


@checked()
def forward_backward_error(
    forward: Float[Tensor, "b h w xy"], backward: Float[Tensor, "b h w xy"]
) -> Float[Tensor, "b h w"]:
    """How far one ends from where one started, after going with one flow and back with the other.

    Shape: (b, h, w, 2) twice -> (b, h, w), for the cells of the frame where `forward` starts.
    Units: cells. Paper: UnFlow (arXiv 1711.07837), which GMFlow follows.

    >>> there = torch.tensor([1.0, 0.0]).expand(1, 2, 3, 2)
    >>> forward_backward_error(there, -there)[0, 0].tolist()  # the last cell leaves the picture
    [0.0, 0.0, 1.0]
    """
    # with one flow, and from there back with the other
    return (forward + warp(backward, forward)).norm(dim=-1)


@checked()
def occluded(
    forward: Float[Tensor, "b h w xy"],
    backward: Float[Tensor, "b h w xy"],
    *,
    alpha: float = 0.01,
    beta: float = 0.5,
) -> Bool[Tensor, "b h w"]:
    """The cells without a counterpart: error > alpha · (|forward| + |backward|) + beta.

    Swap the two flows for the occlusion of the other frame. The lengths are those at the same
    cell of both flows, as in the official code.
    Shape: (b, h, w, 2) twice -> (b, h, w).
    Paper: UnFlow (arXiv 1711.07837), with the constants of the official GMFlow code.

    >>> there = torch.tensor([1.0, 0.0]).expand(1, 2, 3, 2)
    >>> occluded(there, -there)[0, 0].tolist()
    [False, False, True]
    """
    # longer ways may err more
    threshold = alpha * (forward.norm(dim=-1) + backward.norm(dim=-1)) + beta
    # not "error > threshold": where a flow is no number, nothing is known to be visible
    return ~(forward_backward_error(forward, backward) <= threshold)

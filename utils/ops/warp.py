"""Fetch a frame along the flow, and find what has no counterpart in the other frame."""

import torch
from einops import rearrange
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from utils.errors import ShapeError
from utils.ops._check import check_map
from utils.ops.matching import coordinates


def warp(x: Float[Tensor, "b h w c"], flow: Float[Tensor, "b h w xy"]) -> Float[Tensor, "b h w c"]:
    """Read map `x` (of frame 1) where `flow` says that each cell of frame 0 has gone.

    Bilinear between four cells; zeros outside the map. What comes out looks like frame 0, where
    the flow is right and the cell is visible in both frames.
    Shape: (b, h, w, c), (b, h, w, 2) -> (b, h, w, c). Units: cells, (x, y).
    Paper: GMFlow section 3.4. Raises: ShapeError where the two do not fit.

    >>> x = torch.arange(4.0).reshape(1, 1, 4, 1)
    >>> warp(x, torch.tensor([1.5, 0.0]).expand(1, 1, 4, 2)).flatten().tolist()
    [1.5, 2.5, 1.5, 0.0]
    """
    check_map(x)
    _check_flow(flow, x)
    h, w = x.shape[1:3]
    dtype = torch.promote_types(x.dtype, flow.dtype)
    places = coordinates((h, w), device=x.device, dtype=dtype) + flow
    # grid_sample wants −1 and +1 at the outer edges of the first and the last cell. (The official
    # code puts them at their middles: the same, but undefined for a side of one cell.)
    sides = torch.tensor([w, h], device=x.device, dtype=dtype)
    planes = functional.grid_sample(
        rearrange(x, "b h w c -> b c h w").to(dtype),
        (2 * places + 1) / sides - 1,
        padding_mode="zeros",
        align_corners=False,
    )
    return rearrange(planes, "b c h w -> b h w c").to(x.dtype)


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
    check_map(forward)
    _check_flow(backward, forward)
    return (forward + warp(backward, forward)).norm(dim=-1)


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
    threshold = alpha * (forward.norm(dim=-1) + backward.norm(dim=-1)) + beta
    return forward_backward_error(forward, backward) > threshold


def _check_flow(flow: Tensor, x: Tensor) -> None:
    if flow.ndim != 4 or flow.shape[-1] != 2 or flow.shape[:3] != x.shape[:3]:
        raise ShapeError(
            f"a flow of shape {tuple(flow.shape)} came for a map of shape {tuple(x.shape)}",
            allowed="a flow is (b, h, w, 2) with the map's b, h and w",
            mend="rearrange(flow, 'b xy h w -> b h w xy') turns a model's output into it",
        )

"""From a coarse flow to one for every pixel: bilinear, or by learned weights."""

from functools import partial

from einops import einsum, rearrange
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from utils.contracts import Positive, checked, holds, room
from utils.ops.planes import on_planes
from utils.tap import tap

NEIGHBORS = 9  # the coarse cell itself and the eight around it


@checked(room(lambda b, h, w, factor: 2 * b * h * w * factor**2, "the fine flow"))
def upsample_flow(
    flow: Float[Tensor, "b h w xy"], *, factor: Positive
) -> Float[Tensor, "b fine_h fine_w xy"]:
    """Bilinear upsampling; the numbers grow with the map, since they count its cells.

    The corners of both maps fall on each other, as in the official code.
    Shape: (b, h, w, 2) -> (b, factor · h, factor · w, 2). Units: cells of the map that comes out.
    Raises: ConfigError for a factor below 1.

    >>> import torch
    >>> upsample_flow(torch.ones(1, 2, 3, 2), factor=4)[0, 0, 0].tolist()
    [4.0, 4.0]
    """
    between = partial(
        functional.interpolate, scale_factor=factor, mode="bilinear", align_corners=True
    )
    # the same flow, read between the cells, and counted in smaller ones
    return factor * on_planes(between, flow)


@checked(
    holds(
        lambda cells, factor: cells == NEIGHBORS * factor**2,
        lambda factor: f"the logits have 9 · {factor}² = {NEIGHBORS * factor**2} channels",
        came=lambda cells, factor: f"logits of {cells} channels came for factor={factor}",
        mend="let the layer before make 9 · factor² channels",
    ),
    room(lambda b, h, w, cells: b * h * w * cells, "the weights of all fine pixels"),
)
def convex_upsample(
    flow: Float[Tensor, "b h w xy"], logits: Float[Tensor, "b h w cells"], *, factor: Positive
) -> Float[Tensor, "b fine_h fine_w xy"]:
    """Each fine pixel takes a weighted mean of the flow of 3×3 coarse cells around it.

    The weights are the softmax of the logits over the nine cells, so that they are positive and
    sum to 1. Cells outside the map have flow 0. The weights can be watched as "weights":
    (b, h, w, 9, factor, factor).
    Shape: (b, h, w, 2), (b, h, w, 9 · factor²) -> (b, factor · h, factor · w, 2); channels of the
    logits are (cell, fine row, fine column). Units: pixels of the map that comes out.
    Paper: RAFT (arXiv 2003.12039) section 3.3, which GMFlow uses. Raises: ShapeError, ConfigError.

    >>> import torch
    >>> even = convex_upsample(torch.ones(1, 3, 3, 2), torch.zeros(1, 3, 3, 36), factor=2)
    >>> round(even[0, 2, 2, 0].item(), 4), round(even[0, 0, 0, 0].item(), 4)  # 9 of 9, 4 of 9
    (2.0, 0.8889)
    """
    # nine logits for every fine pixel
    logits = rearrange(
        logits, "b h w (n ky kx) -> b h w n ky kx", n=NEIGHBORS, ky=factor, kx=factor
    )
    # for every fine pixel, shares of the nine coarse cells around it
    weights = tap("weights", logits.to(flow.dtype).softmax(dim=3))
    # the flow of these nine cells, counted in fine pixels
    around = factor * _neighbors(flow)
    # every fine pixel takes its shares
    fine = einsum(weights, around, "b h w n ky kx, b h w xy n -> b h ky w kx xy")
    # fine pixels into their rows
    return rearrange(fine, "b h ky w kx xy -> b (h ky) (w kx) xy")


def _neighbors(x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c n"]:
    """The 3×3 cells around each, row by row; zeros outside the map."""
    # zeros around the map
    x = functional.pad(x, (0, 0, 1, 1, 1, 1))
    # squares of 3×3
    return rearrange(x.unfold(1, 3, 1).unfold(2, 3, 1), "b h w c ny nx -> b h w c (ny nx)")

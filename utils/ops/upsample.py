"""From a coarse flow to one for every pixel: bilinear, or by learned weights."""

from einops import einsum, rearrange
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from utils.errors import ConfigError, ShapeError
from utils.ops._check import check_map
from utils.tap import tap

NEIGHBORS = 9  # the coarse cell itself and the eight around it


def upsample_flow(
    flow: Float[Tensor, "b h w xy"], *, factor: int
) -> Float[Tensor, "b fine_h fine_w xy"]:
    """Bilinear upsampling; the numbers grow with the map, since they count its cells.

    The corners of both maps fall on each other, as in the official code.
    Shape: (b, h, w, 2) -> (b, factor · h, factor · w, 2). Units: cells of the map that comes out.
    Raises: ConfigError for a factor below 1.

    >>> import torch
    >>> upsample_flow(torch.ones(1, 2, 3, 2), factor=4)[0, 0, 0].tolist()
    [4.0, 4.0]
    """
    check_map(flow)
    _check_factor(factor)
    planes = functional.interpolate(
        rearrange(flow, "b h w xy -> b xy h w"),
        scale_factor=factor,
        mode="bilinear",
        align_corners=True,
    )
    return factor * rearrange(planes, "b xy h w -> b h w xy")


def convex_upsample(
    flow: Float[Tensor, "b h w xy"], logits: Float[Tensor, "b h w cells"], *, factor: int
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
    check_map(flow)
    check_map(logits)
    _check_factor(factor)
    if logits.shape[:3] != flow.shape[:3] or logits.shape[-1] != NEIGHBORS * factor**2:
        raise ShapeError(
            f"logits of shape {tuple(logits.shape)} came for a flow of shape {tuple(flow.shape)}",
            allowed=f"they have its b, h, w and 9 · {factor}² = {NEIGHBORS * factor**2} channels",
            mend="let the layer before make 9 · factor² channels",
        )
    logits = rearrange(
        logits, "b h w (n ky kx) -> b h w n ky kx", n=NEIGHBORS, ky=factor, kx=factor
    )
    weights = tap("weights", logits.to(flow.dtype).softmax(dim=3))
    around = factor * _neighbors(flow)
    fine = einsum(weights, around, "b h w n ky kx, b h w xy n -> b h ky w kx xy")
    return rearrange(fine, "b h ky w kx xy -> b (h ky) (w kx) xy")


def _neighbors(x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c n"]:
    """The 3×3 cells around each, row by row; zeros outside the map."""
    x = functional.pad(x, (0, 0, 1, 1, 1, 1))
    return rearrange(x.unfold(1, 3, 1).unfold(2, 3, 1), "b h w c ny nx -> b h w c (ny nx)")


def _check_factor(factor: int) -> None:
    if not isinstance(factor, int) or factor < 1:
        raise ConfigError(
            f"factor {factor!r} came",
            allowed="a factor is a whole number of at least 1",
            mend="pass factor=8, the published one",
        )

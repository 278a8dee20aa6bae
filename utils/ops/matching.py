"""Matching two frames: attention whose values are coordinates."""

import torch
from einops import einsum, rearrange, repeat
from jaxtyping import Float
from torch import Tensor

from utils.contracts import FloatDtype, Natural, Positive, Size, checked, holds, room
from utils.ops._rules import cells
from utils.ops.attention import attention
from utils.ops.local_attention import local_attention


@checked(room(lambda size: 2 * cells(size), "the places of all cells"))
def coordinates(
    size: Size, *, device: torch.device | str | None = None, dtype: FloatDtype = torch.float32
) -> Float[Tensor, "h w xy"]:
    """The place (x, y) of every cell, in cells, (0, 0) at the top left.

    Shape: -> (h, w, 2). Units: cells of the map.

    >>> coordinates((2, 3))[1].tolist()
    [[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]]
    """
    # 0, 1, 2 ... down and to the right
    y, x = (torch.arange(side, device=device, dtype=dtype) for side in size)
    # the pair for every cell
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)


@checked()
def match_globally(
    feature0: Float[Tensor, "b h w c"], feature1: Float[Tensor, "b h w c"]
) -> Float[Tensor, "b h w xy"]:
    """Where each cell of frame 0 is expected in frame 1, minus where it is: its flow.

    softmax(f0 f1ᵀ / √c) · coordinates − own coordinate. All cells are compared with all:
    the weights, (h · w)² of them, can be watched as "weights" (b, 1, h · w, h · w).
    Coordinates are kept in float32 or better, also for features in bfloat16.
    Shape: (b, h, w, c) twice -> (b, h, w, 2). Units: cells of the map, (x, y).
    Paper: GMFlow equations (1) to (4). Raises: ShapeError for two different sizes.

    >>> one_hot = 50 * torch.eye(6).reshape(1, 2, 3, 6)
    >>> flow = match_globally(one_hot, one_hot.roll(1, dims=2))  # all moves one to the right
    >>> flow[0, 0, :, 0].round().tolist()
    [1.0, 1.0, -2.0]
    """
    # in float32 or better
    feature0, feature1 = _exact(feature0), _exact(feature1)
    # where each cell is
    own = _own(feature0)
    # all cells of frame 0 ask all cells of frame 1 where they are
    q, k = (rearrange(x, "b h w c -> b 1 (h w) c") for x in (feature0, feature1))
    v = repeat(own, "h w xy -> b 1 (h w) xy", b=len(q))
    # the place in frame 1 that each cell expects to be at
    expected = attention(q, k, v)
    # minus where it is: the flow
    return rearrange(expected, "b 1 (h w) xy -> b h w xy", h=own.shape[0]) - own


@checked()
def match_locally(
    feature0: Float[Tensor, "b h w c"], feature1: Float[Tensor, "b h w c"], *, radius: Positive
) -> Float[Tensor, "b h w xy"]:
    """As `match_globally`, but a cell is only sought up to `radius` cells away on each axis.

    Places outside the map are left out. Shape: (b, h, w, c) twice -> (b, h, w, 2).
    Units: cells of the map. Paper: GMFlow section 3.4. Raises: ShapeError, ConfigError.

    >>> still = match_locally(torch.zeros(1, 3, 3, 4), torch.zeros(1, 3, 3, 4), radius=1)
    >>> still[0, 1, 1].tolist(), still[0, 0, 0].tolist()  # in a corner all else lies inward
    ([0.0, 0.0], [0.5, 0.5])
    """
    # in float32 or better
    feature0, feature1 = _exact(feature0), _exact(feature1)
    # where each cell is
    own = _own(feature0)
    places = repeat(own, "h w xy -> b h w xy", b=len(feature0))
    # the place that each cell expects to be at, minus where it is
    return local_attention(feature0, feature1, places, radius=radius) - own


@checked(
    holds(
        lambda h, w, at: at[0] < h and at[1] < w,
        lambda h, w: f"rows are 0 to {h - 1}, columns 0 to {w - 1}",
        came=lambda h, w, at: f"the cell (row {at[0]}, column {at[1]}) came for a {h}×{w} map",
        mend="divide the pixel's place by the stride of the map",
    ),
)
def match_probability(
    feature0: Float[Tensor, "b h w c"],
    feature1: Float[Tensor, "b h w c"],
    *,
    at: tuple[Natural, Natural],
    radius: Positive | None = None,
) -> Float[Tensor, "b h w"]:
    """One row of the matching: how probable each cell of frame 1 is for the cell `at` of frame 0.

    `at` is (row, column); with a radius, cells further away have probability 0, as in
    `match_locally`. Nothing of size (h · w)² is made.
    Shape: (b, h, w, c) twice -> (b, h, w), sums to 1.
    Raises: ShapeError for different sizes or a cell outside the map.

    >>> one_hot = 50 * torch.eye(6).reshape(1, 2, 3, 6)
    >>> match_probability(one_hot, one_hot, at=(1, 2))[0].round().tolist()
    [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    # in float32 or better
    feature0, feature1 = _exact(feature0), _exact(feature1)
    row, column = at
    # how well each cell of frame 1 fits the one cell
    scores = einsum(feature1, feature0[:, row, column], "b h w c, b c -> b h w")
    scores = scores * feature0.shape[-1] ** -0.5
    if radius is not None:
        # what is too far away is no answer
        own = _own(feature0)
        far = (own - own[row, column]).abs().amax(-1) > radius
        scores = scores.masked_fill(far, float("-inf"))
    # shares of all cells, sum 1
    return scores.flatten(1).softmax(dim=-1).reshape(scores.shape)


def _own(feature: Tensor) -> Tensor:
    size = (feature.shape[1], feature.shape[2])
    return coordinates(size, device=feature.device, dtype=feature.dtype)


def _exact(feature: Tensor) -> Tensor:
    """In float32 or better: bfloat16 cannot count to 257."""
    return feature.to(torch.promote_types(feature.dtype, torch.float32))

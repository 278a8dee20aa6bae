"""Move pixels into channels and back: change a map's size without losing a value."""

from einops import rearrange
from jaxtyping import Shaped
from torch import Tensor

from utils.contracts import Positive, checked, holds

# The same letters on both sides: (ph, pw) is a pixel's place in its square.
SHUFFLED = "b (h ph) (w pw) c"
UNSHUFFLED = "b h w (c ph pw)"


@checked(
    holds(
        lambda h, w, factor: h % factor == 0 and w % factor == 0,
        "the square's side must divide the map's",
        came=lambda h, w, factor: f"a {h}×{w} map cannot be cut into {factor}×{factor} squares",
        mend=lambda h, w, factor: (
            f"pad it to {h + -h % factor}×{w + -w % factor} first (pad_to_multiple does)"
        ),
    ),
)
def pixel_unshuffle(
    x: Shaped[Tensor, "b h w c"], *, factor: Positive
) -> Shaped[Tensor, "b small_h small_w many_c"]:
    """Stack each square of factor × factor pixels into the channels of one pixel.

    The values of one channel stand together, row by row, as in torch's operation of this name.
    Shape: (b, h, w, c) -> (b, h / factor, w / factor, c · factor²).
    Paper: Restormer section 3 ("pixel-unshuffle"); arXiv 1609.05158 for the inverse.
    Raises: ShapeError for a side that `factor` does not divide.

    >>> import torch
    >>> pixel_unshuffle(torch.arange(4).reshape(1, 2, 2, 1), factor=2).flatten().tolist()
    [0, 1, 2, 3]
    """
    return rearrange(x, f"{SHUFFLED} -> {UNSHUFFLED}", ph=factor, pw=factor)


@checked(
    holds(
        lambda c, factor: c % factor**2 == 0,
        lambda factor: f"{factor}² = {factor**2} divides the channels: each square takes so many",
        came=lambda c, factor: f"a map with {c} channels came for squares of {factor}×{factor}",
        mend=lambda c, factor: f"make {c + -c % factor**2} channels before",
    ),
)
def pixel_shuffle(
    x: Shaped[Tensor, "b h w c"], *, factor: Positive
) -> Shaped[Tensor, "b large_h large_w few_c"]:
    """Undo `pixel_unshuffle`: lay factor² channels out as a square of pixels.

    Shape: (b, h, w, c) -> (b, h · factor, w · factor, c / factor²).
    Paper: arXiv 1609.05158 equation (4). Raises: ShapeError where factor² does not divide c.

    >>> import torch
    >>> pixel_shuffle(torch.arange(4).reshape(1, 1, 1, 4), factor=2)[0, :, :, 0].tolist()
    [[0, 1], [2, 3]]
    """
    return rearrange(x, f"{UNSHUFFLED} -> {SHUFFLED}", ph=factor, pw=factor)

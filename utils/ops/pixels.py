"""Move pixels into channels and back: change a map's size without losing a value."""

from einops import rearrange
from jaxtyping import Shaped
from torch import Tensor

from utils.errors import ConfigError, ShapeError
from utils.ops._check import check_divides, check_map

# The same letters on both sides: (ph, pw) is a pixel's place in its square.
SHUFFLED = "b (h ph) (w pw) c"
UNSHUFFLED = "b h w (c ph pw)"


def pixel_unshuffle(
    x: Shaped[Tensor, "b h w c"], *, factor: int
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
    check_map(x)
    _check_factor(factor)
    check_divides((x.shape[1], x.shape[2]), (factor, factor), what="squares")
    return rearrange(x, f"{SHUFFLED} -> {UNSHUFFLED}", ph=factor, pw=factor)


def pixel_shuffle(
    x: Shaped[Tensor, "b h w c"], *, factor: int
) -> Shaped[Tensor, "b large_h large_w few_c"]:
    """Undo `pixel_unshuffle`: lay factor² channels out as a square of pixels.

    Shape: (b, h, w, c) -> (b, h · factor, w · factor, c / factor²).
    Paper: arXiv 1609.05158 equation (4). Raises: ShapeError where factor² does not divide c.

    >>> import torch
    >>> pixel_shuffle(torch.arange(4).reshape(1, 1, 1, 4), factor=2)[0, :, :, 0].tolist()
    [[0, 1], [2, 3]]
    """
    check_map(x)
    _check_factor(factor)
    if x.shape[3] % factor**2:
        raise ShapeError(
            f"a map with {x.shape[3]} channels came for squares of {factor}×{factor}",
            allowed=f"{factor}² = {factor**2} divides the channels: each square takes so many",
            mend=f"make {-(-x.shape[3] // factor**2) * factor**2} channels before",
        )
    return rearrange(x, f"{UNSHUFFLED} -> {SHUFFLED}", ph=factor, pw=factor)


def _check_factor(factor: int) -> None:
    if not isinstance(factor, int) or factor < 1:
        raise ConfigError(
            f"factor {factor!r} came",
            allowed="a factor is a whole number of at least 1",
            mend="pass factor=2, the published choice",
        )

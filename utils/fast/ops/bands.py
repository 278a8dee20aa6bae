"""Run a local operation over a large map band by band, so that what it makes stays in the cache."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from utils.contracts import Natural, Positive, checked


@checked()
def in_bands(
    function: Callable[[Tensor], Tensor],
    x: Float[Tensor, "b h w c"],
    *,
    rows: Positive,
    halo: Natural,
) -> Float[Tensor, "b h w out_c"]:
    """The same as `function(x)`, computed for `rows` rows of the map at a time.

    `function` takes and gives maps of one height, and each row of its result reads at most `halo`
    rows above and below. It gets each band with so many neighbors as there are, hence sees the
    edge of the map where there is one, and pads there as it would.
    Shape: (b, h, w, c) -> (b, h, w, out_c). Raises: ConfigError for rows < 1 or halo < 0.

    >>> x = torch.arange(6.0).reshape(1, 6, 1, 1)
    >>> def with_row_above(x):
    ...     return x + torch.nn.functional.pad(x, (0, 0, 0, 0, 1, 0))[:, :-1]
    >>> in_bands(with_row_above, x, rows=4, halo=1).flatten().tolist()
    [0.0, 1.0, 3.0, 5.0, 7.0, 9.0]
    """
    h = x.shape[1]
    if rows >= h:
        return function(x)
    bands = []
    for top in range(0, h, rows):
        bottom, above = min(top + rows, h), max(top - halo, 0)
        band = function(x[:, above : bottom + halo])
        bands.append(band[:, top - above : bottom - above])
    return torch.cat(bands, dim=1)

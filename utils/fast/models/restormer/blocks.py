"""The gated feed-forward, band by band."""

import torch
from jaxtyping import Float
from torch import Tensor

from utils.fast.ops.bands import in_bands
from utils.models.restormer.blocks import GDFN
from utils.switch import definition, fast_form

BAND_BYTES = 4 * 2**20  # what the expanded map of one band takes: it stays in the cache


@fast_form(GDFN.forward, hides="gate content")
def feed_in_bands(layer: GDFN, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c"]:
    """GDFN in bands of rows, so that what it makes stays in the cache.

    Gains: it makes more than five times the channels that it gets; a band's share of them is read
    again before it leaves the cache, and large pictures need less memory.
    Costs: each band computes the rows above and below it a second time.
    Assumes: no gradient is wanted (all bands would be kept for it: then the plain form runs), and
    nothing but the 3×3 convolution looks sideways.
    """
    feed = definition(GDFN.forward)
    if torch.is_grad_enabled():
        return feed(layer, x)
    row = x.element_size() * x.shape[0] * x.shape[2] * layer.expand.out_features
    return in_bands(lambda band: feed(layer, band), x, rows=max(BAND_BYTES // row, 8), halo=1)

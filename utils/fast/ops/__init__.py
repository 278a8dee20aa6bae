"""Fast forms of operations, one file beside each plain one; importing them registers them.

`linear`, `fold_after`, `fold_before` and `in_bands` have no plain form: the fast forms of blocks
are made of them.
"""

from utils.fast.ops import (  # noqa: F401 - importing them registers their forms
    attention,
    channels,
    deformable,
    instance_norm,
    layer_norm,
    local_attention,
    position,
    shift,
    splits,
)
from utils.fast.ops.bands import in_bands
from utils.fast.ops.fold import fold_after, fold_before
from utils.fast.ops.linear import linear

__all__ = ["fold_after", "fold_before", "in_bands", "linear"]

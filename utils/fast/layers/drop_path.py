"""Stochastic depth that touches no branch where none can be left out."""

from torch import Tensor

from utils.layers.drop_path import DropPath
from utils.switch import fast_form


@fast_form(DropPath.forward, hides="keep")
def whole_branch(self: DropPath, x: Tensor) -> Tensor:
    """The branch itself in eval mode, and at a rate of 0.

    Gains: one pass over the map for every branch of a model. Costs: nothing. Assumes: nothing.
    """
    return x * self.keep(x) if self.training and self.rate else x

"""Stochastic depth: leave out whole residual branches while training."""

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from utils.contracts import Natural, Share, checked, holds, room
from utils.switch import replaceable
from utils.tap import tap

drops_not_all = holds(
    lambda rate: rate < 1,
    "it is a probability in [0, 1)",
    came=lambda rate: f"a drop path rate of {rate} came",
    mend="pass 0 to drop nothing; published models use 0.1 to 0.5",
    of="setting",
)


class DropPath(nn.Module):
    """Drop a branch for whole samples with probability `rate`, and scale the kept ones up.

    Scaling by 1 / (1 − rate) keeps the expected value, so that nothing changes in eval mode.
    The mask of one forward pass can be watched as "keep": 0, or the scale, or 1 in eval mode.
    Shape: (b, ...) -> the same. Paper: "Deep networks with stochastic depth" (arXiv 1603.09382).
    Raises: ConfigError for a rate outside [0, 1).

    >>> import torch
    >>> DropPath(0.5).eval()(torch.ones(2, 3)).tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """

    @checked(drops_not_all)
    def __init__(self, rate: Share = 0.0) -> None:
        super().__init__()
        self.rate = rate

    @checked()
    @replaceable
    def forward(self, x: Float[Tensor, "b ..."]) -> Float[Tensor, "b ..."]:
        # while it learns, some samples go without the branch
        return x * self.keep(x)

    def keep(self, x: Float[Tensor, "b ..."]) -> Float[Tensor, "b ..."]:
        """For every sample, 0 or the scale; 1 for all of them in eval mode."""
        one = x.new_ones(x.shape[0], *[1] * (x.ndim - 1))
        # each sample is kept by a throw of its own
        keep = functional.dropout(one, self.rate, self.training)
        return tap("keep", keep)

    def extra_repr(self) -> str:
        return f"rate={self.rate:.3f}"


@checked(drops_not_all, room(lambda depths: 8 * sum(depths), "one rate for each block"))
def drop_path_rates(rate: Share, depths: tuple[Natural, ...]) -> list[list[float]]:
    """One rate per block, rising in a line from 0 at the first to `rate` at the last, by stage.

    >>> drop_path_rates(0.3, (2, 2))
    [[0.0, 0.1], [0.2, 0.3]]
    """
    step = rate / max(sum(depths) - 1, 1)
    line = iter(round(step * index, 6) for index in range(sum(depths)))
    return [[next(line) for _ in range(depth)] for depth in depths]

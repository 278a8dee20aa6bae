"""torch's linear layer, computed by `ops.linear`."""

from jaxtyping import Float
from torch import Tensor, nn

from utils.ops.linear import Gelu, linear


class Linear(nn.Linear):
    """torch's linear layer, with its settings and weights; a GELU after it costs no extra pass.

    Shape: (..., in_features) -> (..., out_features).

    >>> import torch
    >>> Linear(3, 5)(torch.zeros(2, 4, 3), gelu="tanh").shape
    torch.Size([2, 4, 5])
    """

    def forward(
        self, x: Float[Tensor, "... c"], gelu: Gelu | None = None
    ) -> Float[Tensor, "... o"]:
        return linear(x, self.weight, self.bias, gelu=gelu)


def is_looked_into(module: nn.Module) -> bool:
    """Whether somebody has put hooks on the module or its parts, as `watching` does.

    Then each part is called one by one; otherwise several may run as one.

    >>> layer = nn.Sequential(nn.ReLU())
    >>> before = is_looked_into(layer)
    >>> handle = layer[0].register_forward_hook(lambda module, inputs, output: None)
    >>> before, is_looked_into(layer)
    (False, True)
    """
    return any(part._forward_hooks or part._forward_pre_hooks for part in module.modules())

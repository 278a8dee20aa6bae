"""The feed-forward half of a transformer block."""

from jaxtyping import Float
from torch import Tensor, nn

from utils.layers.linear import Linear, is_looked_into


class Mlp(nn.Module):
    """Two linear layers with a GELU between them, applied to every token alone.

    Shape: (..., c) -> (..., c); the hidden width is `mlp_ratio` · c.
    Paper: "Attention is all you need" section 3.3; the GELU is the exact one unless told otherwise
    (`approximate="tanh"` is MaxViT's).

    >>> import torch
    >>> Mlp(8, mlp_ratio=4.0)(torch.zeros(2, 3, 5, 8)).shape
    torch.Size([2, 3, 5, 8])
    """

    def __init__(self, channels: int, *, mlp_ratio: float = 4.0, approximate: str = "none") -> None:
        super().__init__()
        hidden = int(channels * mlp_ratio)
        self.fc1 = Linear(channels, hidden)
        self.activation = nn.GELU(approximate=approximate)
        self.fc2 = Linear(hidden, channels)

    def forward(self, x: Float[Tensor, "... c"]) -> Float[Tensor, "... c"]:
        if is_looked_into(self):
            return self.fc2(self.activation(self.fc1(x)))
        return self.fc2(self.fc1(x, gelu=self.activation.approximate))

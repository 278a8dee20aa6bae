"""The feed-forward half of a transformer block."""

from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

from utils.contracts import Count, checked, fits_weights, holds
from utils.switch import replaceable


class Mlp(nn.Module):
    """Two linear layers with a GELU between them, applied to every token alone.

    Shape: (..., c) -> (..., c); the hidden width is `mlp_ratio` · c.
    Paper: "Attention is all you need" section 3.3; the GELU is the exact one unless told otherwise
    (`approximate="tanh"` is MaxViT's).

    >>> import torch
    >>> Mlp(8, mlp_ratio=4.0)(torch.zeros(2, 3, 5, 8)).shape
    torch.Size([2, 3, 5, 8])
    """

    @checked(
        holds(
            lambda channels, mlp_ratio: 1 <= channels * mlp_ratio <= 262_144,
            "between the two layers stand 1 to 262,144 channels",
            mend="the published models take mlp_ratio=4.0",
            of="setting",
        ),
    )
    def __init__(
        self,
        channels: Count,
        *,
        mlp_ratio: float = 4.0,
        approximate: Literal["none", "tanh"] = "none",
    ) -> None:
        super().__init__()
        hidden = int(channels * mlp_ratio)
        self.fc1 = nn.Linear(channels, hidden)
        self.activation = nn.GELU(approximate=approximate)
        self.fc2 = nn.Linear(hidden, channels)

    @checked(
        fits_weights("x"),
        holds(
            lambda self, c: c == self.fc1.in_features,
            lambda self: f"this layer takes {self.fc1.in_features} channels, and they come last",
            came=lambda c: f"tokens of {c} channels came",
            mend="make the layer for their channels",
        ),
    )
    @replaceable
    def forward(self, x: Float[Tensor, "... c"]) -> Float[Tensor, "... c"]:
        # a wider vector for every token, some of it let through
        hidden = self.activation(self.fc1(x))
        # back to the old width
        return self.fc2(hidden)

"""Multi-head attention within groups, with a learned bias for every relative position."""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from utils.contracts import Count, Size, checked, fits_weights, holds, room
from utils.layers.heads import heads_divide_channels
from utils.ops import attention, relative_position_bias
from utils.switch import replaceable


class WindowAttention(nn.Module):
    """Attention among the n tokens of each group; blind to which kind of group it is.

    softmax(q kᵀ / √d + B + mask) v, with B gathered on every call from a table that has one row
    per relative position and one column per head. Groups may be windows, a grid or rows.
    Shape: (b, nh, nw, n, c) -> the same; `mask` (nh, nw, n, n) is 0, −100 or −∞.
    Paper: Swin equation (4). The weights can be watched as "weights".
    Raises: ConfigError where the heads do not divide the channels.

    >>> layer = WindowAttention(8, num_heads=2, window_size=(2, 3))
    >>> layer(torch.zeros(1, 4, 5, 6, 8)).shape
    torch.Size([1, 4, 5, 6, 8])
    """

    @checked(
        heads_divide_channels,
        room(
            lambda num_heads, window_size: 4 * num_heads * window_size[0] * window_size[1],
            "one bias for every offset and head",
        ),
    )
    def __init__(
        self,
        channels: Count,
        *,
        num_heads: Count,
        window_size: Size,
        qkv_bias: bool = True,
        relative_position: bool = True,
    ) -> None:
        super().__init__()
        self.num_heads, self.window_size = num_heads, window_size
        self.qkv = nn.Linear(channels, 3 * channels, bias=qkv_bias)
        self.projection = nn.Linear(channels, channels)
        self.relative_position_table: nn.Parameter | None = None
        if relative_position:
            positions = (2 * window_size[0] - 1) * (2 * window_size[1] - 1)
            self.relative_position_table = nn.Parameter(torch.zeros(positions, num_heads))
            nn.init.trunc_normal_(self.relative_position_table, std=0.02)

    @checked(
        fits_weights("windows"),
        holds(
            lambda self, c: c == self.qkv.in_features,
            lambda self: f"this layer takes {self.qkv.in_features} channels, and they come last",
            came=lambda c: f"tokens of {c} channels came",
            mend="make the layer for their channels",
        ),
        holds(
            lambda self, n: (
                self.relative_position_table is None
                or n == self.window_size[0] * self.window_size[1]
            ),
            lambda self: f"this layer's windows are {self.window_size[0]}×{self.window_size[1]}",
            came=lambda n: f"groups of {n} tokens came",
            mend="cut the map with the window_size of the layer",
        ),
    )
    @replaceable
    def forward(
        self,
        windows: Float[Tensor, "b nh nw n c"],
        mask: Float[Tensor, "nh nw n n"] | None = None,
    ) -> Float[Tensor, "b nh nw n c"]:
        # queries, keys and values of every head
        q, k, v = rearrange(
            self.qkv(windows),
            "b nh nw n (qkv heads d) -> qkv b nh nw heads n d",
            qkv=3,
            heads=self.num_heads,
        )
        # within every group, each head for itself
        out = attention(q, k, v, bias=self.bias(mask))
        # heads side by side and mixed
        return self.projection(rearrange(out, "b nh nw heads n d -> b nh nw n (heads d)"))

    def bias(self, mask: Float[Tensor, "nh nw n n"] | None) -> Float[Tensor, "..."] | None:
        """What is added to the scores: the position bias, the mask, their sum, or nothing."""
        heads = "nh nw i j -> nh nw 1 i j"  # the mask is the same for all of them
        if self.relative_position_table is None:
            return None if mask is None else rearrange(mask, heads)
        # one value for every head and pair of cells
        position = relative_position_bias(
            self.relative_position_table, window_size=self.window_size
        )
        # position bias and mask
        return position if mask is None else position + rearrange(mask, heads)

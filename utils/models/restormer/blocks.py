"""The blocks of Restormer: channel attention, the gated feed-forward, the ways between levels.

Names of the paper and differences from the official code: see `model.py`.
"""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from utils.contracts import Positive, checked
from utils.layers import MapConv2d, WindowAttention, heads_divide_channels
from utils.ops import (
    channel_attention,
    channel_gate,
    crop,
    layer_norm,
    merge_windows,
    pad_to_multiple,
    partition_windows,
    pixel_shuffle,
    pixel_unshuffle,
)
from utils.switch import replaceable
from utils.tap import tap


class ChannelNorm(nn.Module):
    """LayerNorm over each pixel's channels; without a bias it subtracts nothing.

    Shape: (b, h, w, c) -> the same. Paper: section 3, "LN"; bias-free for denoising.

    >>> ChannelNorm(8, bias=False)(torch.ones(1, 2, 3, 8)).shape
    torch.Size([1, 2, 3, 8])
    """

    def __init__(self, channels: int, *, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels)) if bias else None

    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c"]:
        # norm over each pixel's channels
        return layer_norm(x, self.weight, self.bias)


class MDTA(nn.Module):
    """Multi-Dconv head transposed attention: channels attend to channels.

    Queries, keys and values are made by a 1×1 convolution, which mixes channels, and a depthwise
    3×3 one, which mixes neighbors. "weights" (b, heads, d, d) can be watched, and "q", "k", "v"
    (b, heads, d, h · w).
    Shape: (b, h, w, c) -> the same. Paper: equation (1).
    Raises: ConfigError where the heads do not divide the channels.

    >>> MDTA(8, num_heads=2)(torch.zeros(1, 5, 6, 8)).shape
    torch.Size([1, 5, 6, 8])
    """

    @checked(heads_divide_channels)
    def __init__(self, channels: Positive, *, num_heads: Positive) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.temperature = nn.Parameter(torch.ones(num_heads))
        self.qkv = nn.Linear(channels, 3 * channels, bias=False)
        self.depthwise = depthwise(3 * channels)
        self.projection = nn.Linear(channels, channels, bias=False)

    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c"]:
        # Queries, keys and values: 1×1 mixes channels, 3×3 mixes neighbors
        qkv = self.depthwise(self.qkv(x))
        # Every channel becomes a token, its pixels are its features
        q, k, v = rearrange(
            qkv, "b h w (qkv heads d) -> qkv b heads d (h w)", qkv=3, heads=self.num_heads
        )
        q, k, v = tap("q", q), tap("k", k), tap("v", v)
        # Channels attend to channels
        out = channel_attention(q, k, v, temperature=self.temperature)
        # Back to a map, heads side by side and mixed
        return self.projection(rearrange(out, "b heads d (h w) -> b h w (heads d)", h=x.shape[1]))


class GDFN(nn.Module):
    """Gated-Dconv feed-forward network: one half of the channels decides how much of the other.

    "gate" and "content" (b, h, w, hidden) can be watched: GELU of the first half, and the second,
    which it multiplies.
    Shape: (b, h, w, c) -> the same. Paper: equation (2).

    >>> GDFN(8, hidden=21)(torch.zeros(1, 5, 6, 8)).shape
    torch.Size([1, 5, 6, 8])
    """

    def __init__(self, channels: int, *, hidden: int) -> None:
        super().__init__()
        self.expand = nn.Linear(channels, 2 * hidden, bias=False)
        self.depthwise = depthwise(2 * hidden)
        self.projection = nn.Linear(hidden, channels, bias=False)

    @replaceable
    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c"]:
        # More channels: 1×1 mixes channels, 3×3 mixes neighbors
        x = self.depthwise(self.expand(x))
        # One half opens for the other: GELU(first) · second
        x = channel_gate(x)
        # Back to as many channels as came
        return self.projection(x)


class MapWindowAttention(nn.Module):
    """Plain attention in windows of a map: what the paper compares its attention with.

    A map that the windows do not fill is padded with zeros below and right.
    Shape: (b, h, w, c) -> the same.
    """

    def __init__(self, channels: int, *, num_heads: int, window_size: int) -> None:
        super().__init__()
        self.window_size = (window_size, window_size)
        self.inner = WindowAttention(channels, num_heads=num_heads, window_size=self.window_size)

    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c"]:
        size = (x.shape[1], x.shape[2])
        # Zeros until whole windows fill the map
        x = pad_to_multiple(x, multiple=self.window_size)
        # Pixels attend to the pixels of their window
        windows = self.inner(partition_windows(x, window_size=self.window_size))
        # Back to a map of the old size
        return crop(merge_windows(windows, window_size=self.window_size), size=size)


class RestormerBlock(nn.Module):
    """An attention and a feed-forward, each behind a norm and beside a residual.

    The two are given as modules, map in and map out, so that others can stand in their place.
    Shape: (b, h, w, c) -> the same. Paper: figure 2.

    >>> block = RestormerBlock(8, attention=MDTA(8, num_heads=2), feed_forward=GDFN(8, hidden=21))
    >>> block(torch.zeros(1, 5, 6, 8)).shape
    torch.Size([1, 5, 6, 8])
    """

    def __init__(
        self,
        channels: int,
        *,
        attention: nn.Module,
        feed_forward: nn.Module,
        norm_bias: bool = True,
    ) -> None:
        super().__init__()
        self.norm1 = ChannelNorm(channels, bias=norm_bias)
        self.attention = attention
        self.norm2 = ChannelNorm(channels, bias=norm_bias)
        self.feed_forward = feed_forward

    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c"]:
        # Attention beside the residual
        x = x + self.attention(self.norm1(x))
        # Feed-forward beside the residual
        return x + self.feed_forward(self.norm2(x))


class Downsample(nn.Module):
    """Half the sides, twice the channels: 3×3 convolution to c / 2, then pixel-unshuffle.

    Shape: (b, h, w, c) -> (b, h / 2, w / 2, 2c). Paper: section 3.

    >>> Downsample(8)(torch.zeros(1, 4, 6, 8)).shape
    torch.Size([1, 2, 3, 16])
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = MapConv2d(channels, channels // 2, 3, padding=1, bias=False)

    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b half_h half_w twice_c"]:
        # half the channels, then squares to channels
        return pixel_unshuffle(self.conv(x), factor=2)


class Upsample(nn.Module):
    """Twice the sides, half the channels: 3×3 convolution to 2c, then pixel-shuffle.

    Shape: (b, h, w, c) -> (b, 2h, 2w, c / 2). Paper: section 3.

    >>> Upsample(8)(torch.zeros(1, 4, 6, 8)).shape
    torch.Size([1, 8, 12, 4])
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = MapConv2d(channels, 2 * channels, 3, padding=1, bias=False)

    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b twice_h twice_w half_c"]:
        # twice the channels, then channels to squares
        return pixel_shuffle(self.conv(x), factor=2)


def depthwise(channels: int) -> MapConv2d:
    """A 3×3 convolution that mixes neighbors and no channels ("Dconv" of the paper)."""
    return MapConv2d(channels, channels, 3, padding=1, groups=channels, bias=False)

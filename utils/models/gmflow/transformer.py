"""GMFlow's feature transformer: each frame's features get to know both frames."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from utils.ops import rotate_by_place, split_attention
from utils.switch import replaceable


class TransformerLayer(nn.Module):
    """A message from the target to the source, added to the source.

    message = norm(merge(attention(source, target))); with a feed-forward part, it is then
    norm(mlp([source, message])). With `relative`, queries and keys are turned by their place.
    Shape: source and target (b, h, w, c) -> (b, h, w, c).
    Paper: GMFlow section 3.2. The weights can be watched as "weights".

    >>> x = torch.zeros(2, 4, 6, 8)
    >>> TransformerLayer(8, mlp_ratio=4)(x, x, splits=2).shape
    torch.Size([2, 4, 6, 8])
    """

    def __init__(
        self, channels: int, *, mlp_ratio: int = 0, shift: bool = False, relative: bool = False
    ) -> None:
        super().__init__()
        self.shift = shift
        self.turn = rotate_by_place if relative else nn.Identity()
        self.q = nn.Linear(channels, channels, bias=False)
        self.k = nn.Linear(channels, channels, bias=False)
        self.v = nn.Linear(channels, channels, bias=False)
        self.merge = nn.Linear(channels, channels, bias=False)
        self.norm1 = nn.LayerNorm(channels)
        self.mixes = mlp_ratio > 0
        if self.mixes:
            hidden = 2 * channels * mlp_ratio
            self.mlp = nn.Sequential(
                nn.Linear(2 * channels, hidden, bias=False),
                nn.GELU(),
                nn.Linear(hidden, channels, bias=False),
            )
            self.norm2 = nn.LayerNorm(channels)

    def forward(
        self,
        source: Float[Tensor, "b h w c"],
        target: Float[Tensor, "b h w c"],
        *,
        splits: int,
    ) -> Float[Tensor, "b h w c"]:
        # The source asks, the target answers
        q, k, v = self.q(source), self.k(target), self.v(target)
        # queries and keys turned by place, in UniMatch's way; else as they are
        q, k = self.turn(q), self.turn(k)
        # Attention within windows
        message = split_attention(q, k, v, splits=splits, shift=self.shift)
        # merged and normalized
        message = self.norm1(self.merge(message))
        # Source and message through the feed-forward part, where there is one
        if self.mixes:
            message = self.feed_forward(torch.cat([source, message], dim=-1))
        # residual
        return source + message

    @replaceable
    def feed_forward(self, x: Float[Tensor, "b h w cc"]) -> Float[Tensor, "b h w c"]:
        """Two linear maps with a GELU between them, for every token alone, and a norm."""
        # two layers and a norm
        return self.norm2(self.mlp(x))


class TransformerBlock(nn.Module):
    """Attention of a frame to itself, then to the other frame with a feed-forward part.

    Shape: source and target (b, h, w, c) -> (b, h, w, c). Paper: GMFlow section 3.2.
    """

    def __init__(
        self, channels: int, *, mlp_ratio: int, shift: bool = False, relative: bool = False
    ) -> None:
        super().__init__()
        settings = {"shift": shift, "relative": relative}
        self.self_attention = TransformerLayer(channels, **settings)
        self.cross_attention = TransformerLayer(channels, mlp_ratio=mlp_ratio, **settings)

    def forward(
        self,
        source: Float[Tensor, "b h w c"],
        target: Float[Tensor, "b h w c"],
        *,
        splits: int,
    ) -> Float[Tensor, "b h w c"]:
        # Cells ask the cells of their own frame, then those of the other one
        source = self.self_attention(source, source, splits=splits)
        # cells ask the other frame
        return self.cross_attention(source, target, splits=splits)


class FeatureTransformer(nn.Module):
    """Blocks over both frames at once; every second one shifts its windows by half.

    Both frames stand in one batch, so that one pass serves frame 0 looking at 1 and 1 at 0; after
    every block each gets the other's new features as its target.
    Shape: (b, h, w, c) twice -> the same twice. Paper: GMFlow section 3.2, equation (5).

    >>> frames = torch.zeros(2, 1, 4, 6, 8)
    >>> first, second = FeatureTransformer(8, layers=2, mlp_ratio=2)(*frames, splits=2)
    >>> first.shape
    torch.Size([1, 4, 6, 8])
    """

    def __init__(
        self, channels: int, *, layers: int, mlp_ratio: int, relative: bool = False
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            TransformerBlock(channels, mlp_ratio=mlp_ratio, shift=index % 2 == 1, relative=relative)
            for index in range(layers)
        )
        for parameter in self.parameters():
            if parameter.ndim > 1:  # matrices; biases and scales keep their 0 and 1
                nn.init.xavier_uniform_(parameter)

    def forward(
        self,
        feature0: Float[Tensor, "b h w c"],
        feature1: Float[Tensor, "b h w c"],
        *,
        splits: int,
    ) -> tuple[Float[Tensor, "b h w c"], Float[Tensor, "b h w c"]]:
        # Both frames in one batch; the other frame is the same batch, half turned
        both = torch.cat([feature0, feature1])
        for layer in self.layers:
            # frame 1 and frame 0 as targets
            swapped = both.roll(len(feature0), dims=0)
            # one block for both frames
            both = layer(both, swapped, splits=splits)
        # frame 0 and frame 1 apart again
        return both[: len(feature0)], both[len(feature0) :]

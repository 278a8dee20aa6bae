"""The side path of ViT-Adapter: spatial prior, injector, extractor, and how they interact.

Names of the paper and differences from the official code: see `model.py`.
"""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from utils.contracts import Positive, Share, checked
from utils.layers import DropPath, MapBatchNorm2d, MapConv2d
from utils.models.vit_adapter.maps import Map
from utils.ops import on_planes
from utils.switch import replaceable
from utils.tap import tap

EPS = 1e-6  # of every LayerNorm, as in the official code


class ConvNormReLU(nn.Module):
    """A 3×3 convolution, batch normalization, ReLU.

    Shape: (b, h, w, in) -> (b, ⌈h / stride⌉, ⌈w / stride⌉, out).

    >>> ConvNormReLU(3, 8)(torch.zeros(1, 4, 6, 3)).shape
    torch.Size([1, 2, 3, 8])
    """

    @checked()
    def __init__(
        self, in_channels: Positive, out_channels: Positive, *, stride: Positive = 2
    ) -> None:
        super().__init__()
        self.conv = MapConv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
        self.norm = MapBatchNorm2d(out_channels)

    @checked()
    @replaceable
    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b less_h less_w out"]:
        # convolution, norm, cut at zero
        return functional.relu(self.norm(self.conv(x)))


class SpatialPrior(nn.Module):
    """What convolutions see: four maps at 1/4, 1/8, 1/16 and 1/32 of the picture.

    Shape: (b, h, w, 3) -> (b, h / s, w / s, c) for s = 4, 8, 16, 32. Paper: section 3.2.

    >>> [tuple(m.shape) for m in SpatialPrior(3, 8, hidden=4)(torch.zeros(1, 64, 32, 3))]
    [(1, 16, 8, 8), (1, 8, 4, 8), (1, 4, 2, 8), (1, 2, 1, 8)]
    """

    @checked()
    def __init__(self, in_channels: Positive, channels: Positive, *, hidden: Positive) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            ConvNormReLU(in_channels, hidden),
            ConvNormReLU(hidden, hidden, stride=1),
            ConvNormReLU(hidden, hidden, stride=1),
        )
        widths = (hidden, 2 * hidden, 4 * hidden, 4 * hidden)
        self.down = nn.ModuleList(ConvNormReLU(narrow, wide) for narrow, wide in pairwise(widths))
        self.project = nn.ModuleList(nn.Linear(width, channels) for width in widths)

    @checked()
    def forward(self, pixels: Float[Tensor, "b h w rgb"]) -> list[Tensor]:
        # 1/4: three convolutions and the largest of each neighborhood
        x = self.stem(pixels)
        maps = [on_planes(lambda planes: functional.max_pool2d(planes, 3, 2, padding=1), x)]
        # 1/8, 1/16, 1/32: a convolution each
        for down in self.down:
            maps.append(down(maps[-1]))
        # one width for all
        return [project(features) for project, features in zip(self.project, maps, strict=True)]


class ConvFFN(nn.Module):
    """An MLP with a depthwise 3×3 convolution inside: neighbors of one map talk to each other.

    Shape: (b, h, w, c) -> the same. Paper: section 3.4; PVT v2 (arXiv 2106.13797).

    >>> ConvFFN(8, hidden=2)(torch.zeros(1, 4, 6, 8)).shape
    torch.Size([1, 4, 6, 8])
    """

    @checked()
    def __init__(self, channels: Positive, *, hidden: Positive) -> None:
        super().__init__()
        self.fc1 = nn.Linear(channels, hidden)
        self.depthwise = MapConv2d(hidden, hidden, 3, padding=1, groups=hidden)
        self.fc2 = nn.Linear(hidden, channels)

    @checked()
    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c"]:
        # wider, neighbors mixed, back
        return self.fc2(functional.gelu(self.depthwise(self.fc1(x))))


class Injector(nn.Module):
    """The plain ViT asks the side path: x + γ · attention(norm(x), norm(c)).

    γ starts at 0, so that a trained ViT is not disturbed at first. What is added, γ included, can
    be watched as "injected".
    Shape: x (b, h, w, c), the side path's maps (b, h, w, c) -> x. Paper: equation (1).
    """

    def __init__(self, channels: int, *, attention: nn.Module) -> None:
        super().__init__()
        self.query_norm = nn.LayerNorm(channels, eps=EPS)
        self.feature_norm = nn.LayerNorm(channels, eps=EPS)
        self.attention = attention
        self.gamma = nn.Parameter(torch.zeros(channels))

    @checked()
    def forward(self, x: Float[Tensor, "b h w c"], side: list[Map]) -> Float[Tensor, "b h w c"]:
        # the side path, normalized
        features = [self.feature_norm(one) for one in side]
        # what the ViT reads there
        (read,) = self.attention([self.query_norm(x)], features)
        # residual, γ of what was read
        return x + tap("injected", self.gamma * read)


class Extractor(nn.Module):
    """The side path asks the plain ViT, then mixes neighbors in each of its maps.

    Without `hidden` it has no feed-forward part and asks only.
    Shape: the side path's maps (b, h, w, c), x (b, h, w, c) -> the maps.
    Paper: equations (2) and (3).
    """

    def __init__(
        self,
        channels: int,
        *,
        attention: nn.Module,
        hidden: int | None = None,
        drop_path: Share = 0.0,
    ) -> None:
        super().__init__()
        self.query_norm = nn.LayerNorm(channels, eps=EPS)
        self.feature_norm = nn.LayerNorm(channels, eps=EPS)
        self.attention = attention
        self.mix = hidden is not None
        if hidden is not None:
            self.ffn_norm = nn.LayerNorm(channels, eps=EPS)
            self.ffn = ConvFFN(channels, hidden=hidden)
        self.drop_path = DropPath(drop_path)

    @checked()
    def forward(self, side: list[Map], x: Float[Tensor, "b h w c"]) -> list[Map]:
        # ask the ViT
        read = self.attention([self.query_norm(one) for one in side], [self.feature_norm(x)])
        # residual, map by map
        side = [one + answer for one, answer in zip(side, read, strict=True)]
        if not self.mix:
            return side
        # mix neighbors
        return [one + self.drop_path(self.ffn(self.ffn_norm(one))) for one in side]


class Interaction(nn.Module):
    """Inject, run a group of the plain ViT's blocks, extract.

    The blocks stay the ViT's own and are handed in. Shape: x (b, h, w, c), the side path's maps
    (b, h, w, c) -> the same two; watched as "tokens" and, map by map, "side". Paper: figure 4 (c).
    """

    def __init__(self, injector: Injector, extractor: Extractor, extra: list[Extractor]) -> None:
        super().__init__()
        self.injector, self.extractor = injector, extractor
        self.extra = nn.ModuleList(extra)

    @checked()
    def forward(
        self, x: Float[Tensor, "b h w c"], side: list[Map], blocks: list[nn.Module]
    ) -> tuple[Float[Tensor, "b h w c"], list[Map]]:
        # inject: the ViT asks the side path
        x = self.injector(x, side)
        # blocks: the ViT goes on
        for block in blocks:
            x = block(x)
        # extract: the side path asks the ViT
        for extractor in (self.extractor, *self.extra):
            side = extractor(side, x)
        # the ViT's map, the side path's
        return tap("tokens", x), [tap("side", one) for one in side]

"""The side path of ViT-Adapter: spatial prior, injector, extractor, and how they interact.

Names of the paper and differences from the official code: see `model.py`.
"""

from itertools import pairwise

import torch
from einops import pack, rearrange, unpack
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from utils.layers import DropPath, MapBatchNorm2d, MapConv2d
from utils.models.vit_adapter.attentions import Sizes
from utils.ops import fold_after
from utils.tap import tap

EPS = 1e-6  # of every LayerNorm, as in the official code


class ConvNormReLU(nn.Module):
    """A 3×3 convolution, batch normalization, ReLU.

    In eval mode the norm is folded into the convolution: one pass over memory instead of two.
    Shape: (b, h, w, in) -> (b, h / stride, w / stride, out).
    """

    def __init__(self, in_channels: int, out_channels: int, *, stride: int = 2) -> None:
        super().__init__()
        self.conv = MapConv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
        self.norm = MapBatchNorm2d(out_channels)

    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b less_h less_w out"]:
        if self.training:
            return functional.relu(self.norm(self.conv(x)))
        scale, shift = self.norm.scale_and_shift()
        weight, bias = fold_after(self.conv.weight, None, scale=scale, shift=shift)
        planes = rearrange(x, "b h w c -> b c h w")
        planes = functional.conv2d(planes, weight, bias, stride=self.conv.stride, padding=1)
        return rearrange(functional.relu(planes), "b c h w -> b h w c")


class SpatialPrior(nn.Module):
    """What convolutions see: four maps at 1/4, 1/8, 1/16 and 1/32 of the picture.

    Shape: (b, h, w, 3) -> (b, h / s, w / s, c) for s = 4, 8, 16, 32. Paper: section 3.2.

    >>> [tuple(m.shape) for m in SpatialPrior(3, 8, hidden=4)(torch.zeros(1, 64, 32, 3))]
    [(1, 16, 8, 8), (1, 8, 4, 8), (1, 4, 2, 8), (1, 2, 1, 8)]
    """

    def __init__(self, in_channels: int, channels: int, *, hidden: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            ConvNormReLU(in_channels, hidden),
            ConvNormReLU(hidden, hidden, stride=1),
            ConvNormReLU(hidden, hidden, stride=1),
        )
        widths = (hidden, 2 * hidden, 4 * hidden, 4 * hidden)
        self.down = nn.ModuleList(ConvNormReLU(narrow, wide) for narrow, wide in pairwise(widths))
        self.project = nn.ModuleList(nn.Linear(width, channels) for width in widths)

    def forward(self, pixels: Float[Tensor, "b h w rgb"]) -> list[Tensor]:
        x = rearrange(self.stem(pixels), "b h w c -> b c h w")
        x = functional.max_pool2d(x, 3, stride=2, padding=1)
        maps = [rearrange(x, "b c h w -> b h w c")]
        for down in self.down:
            maps.append(down(maps[-1]))
        return [project(features) for project, features in zip(self.project, maps, strict=True)]


class ConvFFN(nn.Module):
    """An MLP with a depthwise 3×3 convolution inside, run over several maps at once.

    Shape: (b, n, c) -> the same, where n counts the cells of all maps of `sizes`.
    Paper: section 3.4; PVT v2 (arXiv 2106.13797).
    """

    def __init__(self, channels: int, *, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(channels, hidden)
        self.depthwise = MapConv2d(hidden, hidden, 3, padding=1, groups=hidden)
        self.fc2 = nn.Linear(hidden, channels)

    def forward(self, x: Float[Tensor, "b n c"], *, sizes: Sizes) -> Float[Tensor, "b n c"]:
        maps = unpack(self.fc1(x), list(sizes), "b * c")
        x, _ = pack([self.depthwise(features) for features in maps], "b * c")
        return self.fc2(functional.gelu(x))


class Injector(nn.Module):
    """The plain ViT asks the side path: x + γ · attention(norm(x), norm(c)).

    γ starts at 0, so that a trained ViT is not disturbed at first. What is added, γ included, can
    be watched as "injected".
    Shape: x (b, n, c), side path (b, m, c) -> (b, n, c). Paper: equation (1).
    """

    def __init__(self, channels: int, *, attention: nn.Module) -> None:
        super().__init__()
        self.query_norm = nn.LayerNorm(channels, eps=EPS)
        self.feature_norm = nn.LayerNorm(channels, eps=EPS)
        self.attention = attention
        self.gamma = nn.Parameter(torch.zeros(channels))

    def forward(
        self, x: Float[Tensor, "b n c"], side: Float[Tensor, "b m c"], *, size: Sizes, sizes: Sizes
    ) -> Float[Tensor, "b n c"]:
        read = self.attention(
            self.query_norm(x), self.feature_norm(side), query_sizes=size, feature_sizes=sizes
        )
        return x + tap("injected", self.gamma * read)


class Extractor(nn.Module):
    """The side path asks the plain ViT, then mixes neighbors in each of its maps.

    Shape: side path (b, m, c), x (b, n, c) -> (b, m, c). Paper: equations (2) and (3).
    """

    def __init__(
        self, channels: int, *, attention: nn.Module, hidden: int, drop_path: float = 0.0
    ) -> None:
        super().__init__()
        self.query_norm = nn.LayerNorm(channels, eps=EPS)
        self.feature_norm = nn.LayerNorm(channels, eps=EPS)
        self.attention = attention
        self.ffn_norm = nn.LayerNorm(channels, eps=EPS)
        self.ffn = ConvFFN(channels, hidden=hidden)
        self.drop_path = DropPath(drop_path)

    def forward(
        self, side: Float[Tensor, "b m c"], x: Float[Tensor, "b n c"], *, size: Sizes, sizes: Sizes
    ) -> Float[Tensor, "b m c"]:
        side = side + self.attention(
            self.query_norm(side), self.feature_norm(x), query_sizes=sizes, feature_sizes=size
        )
        return side + self.drop_path(self.ffn(self.ffn_norm(side), sizes=sizes))


class Interaction(nn.Module):
    """Inject, run a group of the plain ViT's blocks, extract.

    The blocks stay the ViT's own and are handed in. Shape: map (b, h, w, c), side path (b, m, c) ->
    the same two. Paper: figure 4 (c).
    """

    def __init__(self, injector: Injector, extractor: Extractor, extra: list[Extractor]) -> None:
        super().__init__()
        self.injector, self.extractor = injector, extractor
        self.extra = nn.ModuleList(extra)

    def forward(
        self,
        x: Float[Tensor, "b h w c"],
        side: Float[Tensor, "b m c"],
        *,
        sizes: Sizes,
        blocks: list[nn.Module],
    ) -> tuple[Float[Tensor, "b h w c"], Float[Tensor, "b m c"]]:
        h, w = x.shape[1:3]
        tokens = rearrange(x, "b h w c -> b (h w) c")
        tokens = self.injector(tokens, side, size=((h, w),), sizes=sizes)
        x = rearrange(tokens, "b (h w) c -> b h w c", h=h)
        for block in blocks:
            x = block(x)
        tokens = rearrange(x, "b h w c -> b (h w) c")
        for extractor in (self.extractor, *self.extra):
            side = extractor(side, tokens, size=((h, w),), sizes=sizes)
        return tap("tokens", x), tap("side", side)

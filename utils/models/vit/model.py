"""A plain vision transformer (Dosovitskiy et al., arXiv 2010.11929) for dense prediction.

| paper | here |
|---|---|
| x_p E (patch embedding) | `patch_embedding`, a linear layer on 16×16 pixels |
| E_pos | `position`, resampled to the picture; its row 0 is the class token's and unused |
| MSA, MLP (equations 2, 3) | `SelfAttention`, `Mlp` in `ViTBlock` |
| layer scale (arXiv 2103.17239) | `scale1`, `scale2` |
| simple pyramid (arXiv 2203.16527, figure 2) | `SimplePyramid` |

Differs from the code of ViT-Adapter's authors in: maps are (b, h, w, c); global attention is window
attention with one window; no class token and no final norm, which dense prediction does not use.
"""

import math

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from utils.contracts import Positive, Share, Size, checked, holds
from utils.layers import DoubleSize, DropPath, Mlp, drop_path_rates, heads_divide_channels
from utils.models.base import Model, fits
from utils.models.vit.config import PATCH, ViTConfig
from utils.ops import (
    attention,
    crop,
    merge_windows,
    on_planes,
    pad_to_multiple,
    partition_windows,
)
from utils.switch import replaceable

EPS = 1e-6  # of every LayerNorm, as in the official code


whole_patches = holds(
    lambda h, w, self: h % self.patch_size == w % self.patch_size == 0,
    "both sides are multiples of the patch",
    mend=lambda self: (
        "pad the picture first: pad_to_multiple(pixels, "
        f"multiple=({self.patch_size}, {self.patch_size}))"
    ),
)


class PatchEmbedding(nn.Conv2d):
    """Cut the picture into patches and make each one a vector: a convolution of stride = size.

    There is no norm after it. Shape: (b, h, w, in_channels) -> (b, h / patch, w / patch, channels).

    >>> PatchEmbedding(3, 8)(torch.zeros(1, 32, 48, 3)).shape
    torch.Size([1, 2, 3, 8])
    """

    @checked()
    def __init__(
        self, in_channels: Positive, channels: Positive, *, patch_size: Positive = PATCH
    ) -> None:
        super().__init__(in_channels, channels, patch_size, stride=patch_size)
        self.patch_size = patch_size

    @checked(whole_patches)
    @replaceable
    def forward(self, pixels: Float[Tensor, "b h w rgb"]) -> Float[Tensor, "b nh nw c"]:
        # one vector for every patch
        return on_planes(super().forward, pixels)


class SelfAttention(nn.Module):
    """Every token attends to all tokens, or to those of its window.

    As published, a map that the windows do not fill is padded with zeros after q, k and v are
    made, and nothing is masked. The weights can be watched as "weights".
    Shape: (b, h, w, c) -> the same. Paper: ViT equation (2); windows as in ViTDet.
    Raises: ConfigError where the heads do not divide the channels.

    >>> SelfAttention(8, num_heads=2, window_size=3)(torch.zeros(1, 5, 6, 8)).shape
    torch.Size([1, 5, 6, 8])
    """

    @checked(heads_divide_channels)
    def __init__(
        self, channels: Positive, *, num_heads: Positive, window_size: Positive | None = None
    ) -> None:
        super().__init__()
        self.num_heads, self.window_size = num_heads, window_size
        self.qkv = nn.Linear(channels, 3 * channels)
        self.projection = nn.Linear(channels, channels)

    @checked()
    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c"]:
        size = (x.shape[1], x.shape[2])
        window_size = size if self.window_size is None else (self.window_size, self.window_size)
        # q, k, v of every token; zeros fill the last windows
        qkv = pad_to_multiple(self.qkv(x), multiple=window_size)
        q, k, v = rearrange(
            partition_windows(qkv, window_size=window_size),
            "b nh nw n (qkv heads d) -> qkv b nh nw heads n d",
            qkv=3,
            heads=self.num_heads,
        )
        # attention in each window and head
        out = rearrange(attention(q, k, v), "b nh nw heads n d -> b nh nw n (heads d)")
        # back to a map, heads mixed
        return self.projection(crop(merge_windows(out, window_size=window_size), size=size))


class ViTBlock(nn.Module):
    """Attention and an MLP, each behind a LayerNorm, scaled per channel, beside a residual.

    Shape: (b, h, w, c) -> the same. Paper: ViT equations (2) and (3).
    """

    @checked(heads_divide_channels)
    def __init__(
        self,
        channels: Positive,
        *,
        num_heads: Positive,
        mlp_ratio: float = 4.0,
        window_size: Positive | None = None,
        drop_path: Share = 0.0,
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(channels, eps=EPS)
        self.attention = SelfAttention(channels, num_heads=num_heads, window_size=window_size)
        self.scale1 = nn.Parameter(torch.ones(channels))
        self.norm2 = nn.LayerNorm(channels, eps=EPS)
        self.mlp = Mlp(channels, mlp_ratio=mlp_ratio)
        self.scale2 = nn.Parameter(torch.ones(channels))
        self.drop_path = DropPath(drop_path)

    @checked()
    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c"]:
        # attention, then every token alone
        x = x + self.drop_path(self.scale1 * self.attention(self.norm1(x)))
        return x + self.drop_path(self.scale2 * self.mlp(self.norm2(x)))


class ViT(nn.Module):
    """Patches, positions and blocks. Shape: (b, h, w, 3) -> (b, h / 16, w / 16, c).

    Raises: ShapeError for sides that are no multiples of 16 (the models around it pad).
    """

    patch_size = PATCH

    def __init__(self, config: ViTConfig) -> None:
        super().__init__()
        self.config = config
        side = config.pretrain_size // PATCH
        self.patch_embedding = PatchEmbedding(config.in_channels, config.channels)
        self.position = nn.Parameter(torch.zeros(1 + side * side, config.channels))
        (rates,) = drop_path_rates(config.drop_path, (config.depth,))
        windows = config.window_attn or (False,) * config.depth
        self.blocks = nn.ModuleList(
            ViTBlock(
                config.channels,
                num_heads=config.num_heads,
                mlp_ratio=config.mlp_ratio,
                window_size=config.window_size if windowed else None,
                drop_path=rate,
            )
            for windowed, rate in zip(windows, rates, strict=True)
        )
        nn.init.trunc_normal_(self.position, std=0.02)
        self.apply(init_linear)

    @checked(whole_patches)
    def forward(self, pixels: Float[Tensor, "b h w rgb"]) -> Float[Tensor, "b nh nw c"]:
        # patches and positions
        x = self.embed(pixels)
        # block by block
        for block in self.blocks:
            x = block(x)
        return x

    @checked(whole_patches)
    def embed(self, pixels: Float[Tensor, "b h w rgb"]) -> Float[Tensor, "b nh nw c"]:
        """The tokens that the first block gets: patches plus positions."""
        # patches as tokens
        x = self.patch_embedding(pixels)
        # each with its position
        return x + self.position_map((x.shape[1], x.shape[2]))

    @checked()
    def position_map(self, size: Size) -> Float[Tensor, "h w c"]:
        """The learned positions, resampled (bicubic) from their own grid to this one."""
        # positions for this grid
        return resample_positions(self.position[1:], size=size)


class SimplePyramid(nn.Module):
    """Four maps out of the last one of a plain ViT, whose own scale is 1/16.

    Shape: (b, h, w, c) -> (b, 4h, 4w, c), (b, 2h, 2w, c), (b, h, w, c), (b, h / 2, w / 2, c).
    Paper: arXiv 2203.16527 section 3 (with c channels in every map).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.up4 = nn.Sequential(
            DoubleSize(channels, channels),
            nn.LayerNorm(channels, eps=EPS),
            nn.GELU(),
            DoubleSize(channels, channels),
        )
        self.up8 = DoubleSize(channels, channels)
        self.norms = nn.ModuleList(nn.LayerNorm(channels, eps=EPS) for _ in range(4))

    @checked()
    def forward(self, x: Float[Tensor, "b h w c"]) -> list[Tensor]:
        # 1/4 and 1/8 by transposed convolutions, 1/16 as it is, 1/32 the largest of each square
        half = on_planes(lambda planes: functional.max_pool2d(planes, 2), x)
        maps = [self.up4(x), self.up8(x), x, half]
        # each with a norm of its own
        return [norm(features) for norm, features in zip(self.norms, maps, strict=True)]


class PlainViT(Model):
    """A plain ViT with a simple pyramid: what ViT-Adapter is compared with.

    Shape: (b, 3, h, w) -> four maps (b, ⌈h / s⌉, ⌈w / s⌉, c) for s = 4, 8, 16, 32. Any picture
    size runs: it is padded with zeros to a multiple of 32, and each map is cropped.

    >>> from utils.models import create_model
    >>> [tuple(m.shape) for m in create_model("vit_nano")(torch.zeros(1, 3, 64, 50))]
    [(1, 16, 13, 96), (1, 8, 7, 96), (1, 4, 4, 96), (1, 2, 2, 96)]
    """

    def __init__(self, config: ViTConfig) -> None:
        super().__init__()
        self.config = config
        self.vit = ViT(config)
        self.pyramid = SimplePyramid(config.channels)

    @checked(*fits("picture"))
    def forward(self, picture: Float[Tensor, "b rgb h w"]) -> tuple[Tensor, ...]:
        # whole patches at 1/32: zeros below and right
        pixels = rearrange(picture, "b rgb h w -> b h w rgb")
        pixels = pad_to_multiple(pixels, multiple=(2 * PATCH, 2 * PATCH))
        # the ViT's last map, and a pyramid out of it
        maps = self.pyramid(self.vit(pixels))
        # as large as the picture needs
        return crop_maps(maps, size=(picture.shape[2], picture.shape[3]))


def crop_maps(maps: list[Tensor], *, size: Size) -> tuple[Tensor, ...]:
    """Each map of a padded picture, cut to what the picture of this size needs.

    Shape: maps at 1/4, 1/8, 1/16, 1/32 -> (b, ⌈h / stride⌉, ⌈w / stride⌉, c) each.
    """
    h, w = size
    return tuple(
        crop(features, size=(-(-h // stride), -(-w // stride)))
        for features, stride in zip(maps, (4, 8, 16, 32), strict=True)
    )


@checked()
def resample_positions(
    table: Float[Tensor, "n c"], *, size: Size, antialias: bool = False
) -> Float[Tensor, "h w c"]:
    """A square grid of positions, row by row, resampled (bicubic) to another size.

    >>> resample_positions(torch.arange(4.0)[:, None], size=(2, 2)).flatten().tolist()
    [0.0, 1.0, 2.0, 3.0]
    """
    # positions as a small picture
    grid = rearrange(table, "(h w) c -> 1 c h w", h=math.isqrt(len(table)))
    # resized, bicubic
    grid = functional.interpolate(
        grid, size=size, mode="bicubic", align_corners=False, antialias=antialias
    )
    # back to a map of vectors
    return rearrange(grid, "1 c h w -> h w c")


def init_linear(module: nn.Module) -> None:
    """The official initialization: truncated normal of 0.02 for matrices, zero for biases."""
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)

"""Restormer (Zamir et al., arXiv 2111.09881).

| paper | here |
|---|---|
| C, L1..L4, Lr, γ | `channels`, `depths`, `refinement`, `ffn_ratio` |
| MDTA, Ĉ × Ĉ transposed attention A | `MDTA`, its "weights" |
| α (equation 1) | 1 / `temperature`, one per head |
| Wp, Wd (1×1 and depthwise 3×3) | `qkv` or `expand`, and `depthwise` |
| GDFN, φ | `GDFN`, its "gate" |
| overlapped patch embedding (code) | `embedding`, a 3×3 convolution |
| F₀, Fr, R | "embedding", "refined", "residual" under `watching` |

Differs from the official code in: any size runs (the picture is reflected to a multiple of 8 and
cropped back); maps are (b, h, w, c) throughout, 1×1 convolutions are linear layers. As there, a
result may lie a little outside [0, 1]: who saves a picture clamps it.
"""

import torch
from einops import rearrange
from jaxtyping import Float, Real
from torch import Tensor, nn

from utils.contracts import checked
from utils.layers import MapConv2d, Mlp
from utils.models.base import Model, fits
from utils.models.pictures import values_within
from utils.models.restormer.blocks import (
    GDFN,
    MDTA,
    Downsample,
    MapWindowAttention,
    RestormerBlock,
    Upsample,
)
from utils.models.restormer.config import RestormerConfig
from utils.ops import crop, pad_to_multiple
from utils.tap import tap


class Restormer(Model):
    """The whole model. Shape: (b, in_channels, h, w) in [0, 1] -> (b, out_channels, h, w).

    Any picture size runs. Whole numbers are taken as 0..255, numpy arrays as tensors, and the
    answer has the weights' dtype. Noise may lead a picture out of [0, 1].
    Raises: ShapeError for another rank, number of channels, device or range.

    >>> from utils.models import create_model
    >>> create_model("restormer_nano")(torch.zeros(2, 3, 30, 21)).shape
    torch.Size([2, 3, 30, 21])
    """

    def __init__(self, config: RestormerConfig) -> None:
        super().__init__()
        self.config = config
        *upper, bottom = range(len(config.depths))
        widths = [config.channels * 2**level for level in range(len(config.depths))]
        # On the way up level 1 keeps both halves of its concatenation, so it is twice as wide.
        wide = [2 * widths[0], *widths[1:]] if upper else widths
        self.embedding = MapConv2d(config.in_channels, widths[0], 3, padding=1, bias=False)
        self.encoder = nn.ModuleList(self.level(level, widths[level]) for level in upper)
        self.down = nn.ModuleList(Downsample(widths[level]) for level in upper)
        self.latent = self.level(bottom, widths[bottom])
        # The lists of the way up run from the bottom to the top.
        climb = upper[::-1]
        self.up = nn.ModuleList(Upsample(wide[level + 1]) for level in climb)
        self.join = nn.ModuleList(
            nn.Linear(2 * widths[level], widths[level], bias=False) if level else nn.Identity()
            for level in climb
        )
        self.decoder = nn.ModuleList(self.level(level, wide[level]) for level in climb)
        self.refinement = self.blocks(config.refinement, wide[0], config.num_heads[0])
        self.skip = nn.Linear(widths[0], wide[0], bias=False) if config.dual_pixel else None
        self.output = MapConv2d(wide[0], config.out_channels, 3, padding=1, bias=False)

    @checked(
        *fits("picture", any_dtype=True),
        values_within(
            "picture", least=-7.0, most=8.0, scale="[0, 1], and noise may lead it out a little"
        ),
    )
    def forward(self, picture: Real[Tensor, "b rgb h w"]) -> Float[Tensor, "b out h w"]:
        # Channels last, whole numbers as shares of 255, reflected to a multiple of 8
        pixels, size = self.pixels(picture), (picture.shape[2], picture.shape[3])
        # Overlapped patch embedding
        embedding = tap("embedding", self.embedding(pixels))
        # Down: blocks at each level, then half the sides and twice the channels
        x, skips = embedding, []
        for level, down in zip(self.encoder, self.down, strict=True):
            x = level(x)
            skips.append(x)
            x = down(x)
        # The bottom of the U
        x = self.latent(x)
        # Up: twice the sides, joined with what the way down had there, then blocks
        for up, join, level in zip(self.up, self.join, self.decoder, strict=True):
            x = level(join(torch.cat([up(x), skips.pop()], dim=-1)))
        # Refinement at full size
        x = tap("refined", self.refinement(x))
        # The residual is added to the picture, for two views to the embedding
        if self.skip is None:
            x = tap("residual", self.output(x)) + pixels
        else:
            x = self.output(x + self.skip(embedding))
        # Cropped to the size that came
        return rearrange(crop(x, size=size), "b h w out -> b out h w")

    def pixels(self, picture: Real[Tensor, "b rgb h w"]) -> Float[Tensor, "b padded_h padded_w c"]:
        """The picture as a map in the weights' dtype, as large as all levels need it."""
        most = 1.0 if picture.is_floating_point() else 255.0
        step = 2 ** len(self.down)
        # shares of the most, channels last
        x = rearrange(picture.to(self.embedding.weight.dtype) / most, "b rgb h w -> b h w rgb")
        # reflected until all levels fit
        return pad_to_multiple(x, multiple=(step, step), mode="reflect")

    def level(self, level: int, channels: int) -> nn.Sequential:
        """The blocks of one level."""
        return self.blocks(self.config.depths[level], channels, self.config.num_heads[level])

    def blocks(self, depth: int, channels: int, num_heads: int) -> nn.Sequential:
        """So many blocks, of the kind that the configuration asks for."""
        return nn.Sequential(
            *(
                RestormerBlock(
                    channels,
                    attention=_attention(self.config, channels, num_heads),
                    feed_forward=_feed_forward(self.config, channels),
                    norm_bias=self.config.norm_bias,
                )
                for _ in range(depth)
            )
        )


def _attention(config: RestormerConfig, channels: int, num_heads: int) -> nn.Module:
    if config.attention == "channels":
        return MDTA(channels, num_heads=num_heads)
    return MapWindowAttention(channels, num_heads=num_heads, window_size=config.window_size)


def _feed_forward(config: RestormerConfig, channels: int) -> nn.Module:
    if config.feed_forward == "gated":
        return GDFN(channels, hidden=int(channels * config.ffn_ratio))
    return Mlp(channels, mlp_ratio=config.ffn_ratio)

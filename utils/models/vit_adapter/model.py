"""ViT-Adapter (Chen et al., arXiv 2205.08534).

| paper | here |
|---|---|
| F₁, F₂, F₃ (spatial prior) | `SpatialPrior`'s maps at 1/8, 1/16, 1/32 (1/4 waits for the end) |
| F_sp (side path) | `side`, a list of the three maps; attention joins their cells by itself |
| F_vit | `x`, the plain ViT's map at 1/16 |
| γ (equation 1) | `Injector.gamma` |
| injector, extractor, interaction | `Injector`, `Extractor`, `Interaction` |
| level embedding (code) | `level_embedding` |

Differs from the official code in: any size runs (the picture is padded with zeros to a multiple of
32, the maps are cropped to ⌈size / stride⌉); maps are (b, h, w, c) throughout; BatchNorm stands for
SyncBatchNorm, which equals it in one process; the sampling is plain PyTorch, nothing is compiled;
stochastic depth in an extractor decides for each map of the side path; `with_cp` keeps what stands
between two interactions and runs each anew for its gradients.
"""

import math
from functools import partial
from typing import Any

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from utils.contracts import checked
from utils.layers import DoubleSize, MapBatchNorm2d
from utils.models.base import Model, fits
from utils.models.vit import PATCH, ViT, crop_maps, init_linear
from utils.models.vit_adapter.attentions import (
    CrossAttention,
    DeformableAttention,
    LinearAttention,
    WindowCrossAttention,
)
from utils.models.vit_adapter.blocks import Extractor, Injector, Interaction, SpatialPrior
from utils.models.vit_adapter.config import INTERACTIONS, ViTAdapterConfig
from utils.ops import pad_to_multiple, resize

EXTRA_EXTRACTORS = 2  # after the last interaction, as published
SIDE_MAPS = 3


class ViTAdapter(Model):
    """The whole model. Shape: (b, 3, h, w) -> four maps (b, ⌈h / s⌉, ⌈w / s⌉, c), s = 4, 8, 16, 32.

    Any picture size runs.

    >>> from utils.models import create_model
    >>> maps = create_model("vit_adapter_nano").eval()(torch.zeros(1, 3, 64, 50))
    >>> [tuple(m.shape) for m in maps]
    [(1, 16, 13, 96), (1, 8, 7, 96), (1, 4, 4, 96), (1, 2, 2, 96)]
    """

    coarsest = 2 * PATCH

    def __init__(self, config: ViTAdapterConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.channels
        self.vit = ViT(config)
        self.spatial_prior = SpatialPrior(config.in_channels, channels, hidden=config.conv_channels)
        self.level_embedding = nn.Parameter(torch.zeros(SIDE_MAPS, channels))
        self.interactions = nn.ModuleList(
            Interaction(
                Injector(channels, attention=_attention(config, levels=SIDE_MAPS)),
                _extractor(config),
                [_extractor(config) for _ in range(EXTRA_EXTRACTORS if extra else 0)],
            )
            for extra in (False,) * (INTERACTIONS - 1) + (config.use_extra_extractor,)
        )
        self.up = DoubleSize(channels, channels)
        self.norms = nn.ModuleList(MapBatchNorm2d(channels) for _ in range(4))
        self._init()

    def norm_of_the_coarsest(self) -> nn.Module:
        return self.norms[-1]

    @checked(*fits("picture"))
    def forward(self, picture: Float[Tensor, "b rgb h w"]) -> tuple[Tensor, ...]:
        # whole cells at 1/32: zeros below and right
        pixels = rearrange(picture, "b rgb h w -> b h w rgb")
        pixels = pad_to_multiple(pixels, multiple=(2 * PATCH, 2 * PATCH))
        # spatial prior: what convolutions see; each level of the side path gets its own vector
        finest, *side = self.spatial_prior(pixels)
        side = [one + level for one, level in zip(side, self.level_embedding, strict=True)]
        # ViT: patches and positions
        x = self.vit.embed(pixels)
        # interactions: inject, blocks, extract
        run = partial(checkpoint, use_reentrant=False) if self.config.with_cp else _call
        tokens = []
        for interaction, blocks in zip(self.interactions, self.groups(), strict=True):
            x, side = run(interaction, x, side, blocks)
            tokens.append(x)
        # four maps: the side path's, the one at 1/4 by a transposed convolution
        maps = [self.up(side[0]) + finest, *side]
        # the ViT's tokens, resized, on top
        if self.config.add_vit_feature:
            pairs = zip(maps, tokens, strict=True)
            maps = [one + resize(x, size=(one.shape[1], one.shape[2])) for one, x in pairs]
        # each with a norm of its own
        maps = [norm(one) for norm, one in zip(self.norms, maps, strict=True)]
        # as large as the picture needs
        return crop_maps(maps, size=(picture.shape[2], picture.shape[3]))

    def groups(self) -> list[list[nn.Module]]:
        """The plain ViT's blocks, as many groups of the same size as there are interactions."""
        blocks = list(self.vit.blocks)
        size = len(blocks) // INTERACTIONS
        return [blocks[start : start + size] for start in range(0, len(blocks), size)]

    def _init(self) -> None:
        for part in (self.up, self.spatial_prior, self.interactions):
            part.apply(init_linear)
            part.apply(_init_convolution)
        for module in self.modules():
            if isinstance(module, DeformableAttention):
                module.reset_parameters()
        nn.init.normal_(self.level_embedding)


def _extractor(config: ViTAdapterConfig) -> Extractor:
    return Extractor(
        config.channels,
        attention=_attention(config, levels=1),
        hidden=int(config.channels * config.ffn_ratio) if config.with_cffn else None,
        drop_path=config.drop_path,
    )


def _attention(config: ViTAdapterConfig, *, levels: int) -> nn.Module:
    channels, num_heads = config.channels, config.adapter_heads
    if config.attention == "global":
        return CrossAttention(channels, num_heads=num_heads)
    if config.attention == "linear":
        return LinearAttention(channels, num_heads=num_heads, pooled=config.pooled)
    if config.attention == "windows":
        return WindowCrossAttention(channels, num_heads=num_heads, window=config.adapter_window)
    return DeformableAttention(
        channels,
        num_heads=num_heads,
        levels=levels,
        points=config.points,
        value_ratio=config.value_ratio,
    )


def _call(part: nn.Module, *given: Any) -> Any:
    return part(*given)


def _init_convolution(module: nn.Module) -> None:
    # The official initialization: variance 2 / fan-out.
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        fan_out = math.prod(module.kernel_size) * module.out_channels // module.groups
        nn.init.normal_(module.weight, std=math.sqrt(2 / fan_out))
        if module.bias is not None:
            nn.init.zeros_(module.bias)

"""DINOv2 (Oquab et al., arXiv 2304.07193): a plain ViT trained without labels, patches of 14.

| paper | here |
|---|---|
| [CLS] | `class_token` |
| registers (arXiv 2309.16588) | `registers`, as many as `config.registers` |
| LayerScale (arXiv 2103.17239) | `scale1`, `scale2` of `ViTBlock` |

Differs from the code of DINOv2's authors in: any size runs (the picture is padded with zeros to
whole patches); positions are resampled to exactly the new grid, where theirs without registers
stretch it by 0.1 of a patch; the mask token of the training is left out.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from einops import rearrange, repeat
from jaxtyping import Float
from torch import Tensor, nn

from utils.contracts import Count, Natural, Share, Size, check_fields, checked, holds
from utils.layers import drop_path_rates
from utils.models.base import Model, drops_less_than_all, fits
from utils.models.vit.config import IMAGENET_MEAN, IMAGENET_STD
from utils.models.vit.model import (
    EPS,
    PatchEmbedding,
    ViTBlock,
    init_linear,
    resample_positions,
)
from utils.ops import pad_to_multiple

RULES = (
    holds(
        lambda channels, num_heads: channels % num_heads == 0,
        "the number of heads divides the channels",
        mend="the published models take 64 channels per head",
        of="setting",
    ),
    holds(
        lambda pretrain_size, patch_size: pretrain_size % patch_size == 0,
        "the picture that the positions were learned on is whole patches",
        mend="the published values are 518 and 14",
        of="setting",
    ),
    drops_less_than_all,
)


@dataclass(frozen=True)
class DinoV2Config:
    """One DINOv2; the defaults are ViT-S/14's."""

    channels: Count = 384
    depth: Count = 12
    num_heads: Count = 6
    mlp_ratio: float = 4.0
    in_channels: Count = 3
    patch_size: Count = 14
    pretrain_size: Count = 518  # side of the picture that the position embedding was learned on
    registers: Natural = 0  # 4 in the files with "reg4" in their name
    layer_scale: float = 1e-5  # what the scales start from
    drop_path: Share = 0.0
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD

    def __post_init__(self) -> None:
        check_fields(self, *RULES)


_SMALL = DinoV2Config()
DINOV2_VARIANTS = {
    "vit_nano_dinov2": replace(
        _SMALL, channels=96, depth=4, num_heads=3, pretrain_size=56, registers=4
    ),
    "vit_s_dinov2": _SMALL,
    "vit_b_dinov2": replace(_SMALL, channels=768, num_heads=12),
    "vit_l_dinov2": replace(_SMALL, channels=1024, depth=24, num_heads=16),
}


class Tokens(NamedTuple):
    """What DINOv2 says of a picture, after the last norm."""

    class_token: Float[Tensor, "b c"]  # of the whole picture
    registers: Float[Tensor, "b r c"]
    patches: Float[Tensor, "b nh nw c"]


class DinoV2(Model):
    """The whole model. Shape: (b, 3, h, w) -> Tokens; any picture size runs.

    >>> from utils.models import create_model
    >>> tokens = create_model("vit_nano_dinov2").eval()(torch.zeros(1, 3, 28, 50))
    >>> [tuple(part.shape) for part in tokens]
    [(1, 96), (1, 4, 96), (1, 2, 4, 96)]
    """

    def __init__(self, config: DinoV2Config) -> None:
        super().__init__()
        self.config = config
        channels, side = config.channels, config.pretrain_size // config.patch_size
        self.patch_embedding = PatchEmbedding(
            config.in_channels, channels, patch_size=config.patch_size
        )
        self.class_token = nn.Parameter(torch.zeros(channels))
        self.position = nn.Parameter(torch.zeros(1 + side * side, channels))
        self.registers: nn.Parameter | None = None
        if config.registers:
            self.registers = nn.Parameter(torch.zeros(config.registers, channels))
        (rates,) = drop_path_rates(config.drop_path, (config.depth,))
        self.blocks = nn.ModuleList(
            ViTBlock(
                channels, num_heads=config.num_heads, mlp_ratio=config.mlp_ratio, drop_path=rate
            )
            for rate in rates
        )
        self.norm = nn.LayerNorm(channels, eps=EPS)
        self._init()

    @checked(*fits("picture"))
    def forward(self, picture: Float[Tensor, "b rgb h w"]) -> Tokens:
        # whole patches: zeros below and right
        pixels = rearrange(picture, "b rgb h w -> b h w rgb")
        patch = self.config.patch_size
        patches = self.patch_embedding(pad_to_multiple(pixels, multiple=(patch, patch)))
        nh, nw = patches.shape[1:3]
        # positions; in front of the patches the class token and the registers
        patches = patches + self.position_map((nh, nw))
        front = repeat(self.front(), "n c -> b n c", b=len(picture))
        tokens = torch.cat([front, rearrange(patches, "b nh nw c -> b (nh nw) c")], dim=1)
        # blocks: all tokens are one row, and every token asks every other
        x = rearrange(tokens, "b n c -> b 1 n c")
        for block in self.blocks:
            x = block(x)
        # apart again
        x = rearrange(self.norm(x), "b 1 n c -> b n c")
        first, registers, x = x.split([1, front.shape[1] - 1, nh * nw], dim=1)
        return Tokens(first[:, 0], registers, rearrange(x, "b (nh nw) c -> b nh nw c", nh=nh))

    def front(self) -> Float[Tensor, "n c"]:
        """The class token at its position, then the registers, which have none."""
        first = (self.class_token + self.position[0])[None]
        return first if self.registers is None else torch.cat([first, self.registers])

    @checked()
    def position_map(self, size: Size) -> Float[Tensor, "h w c"]:
        """The learned positions of the patches, resampled to this grid.

        Models with registers were published with antialiasing, those without were not.
        """
        return resample_positions(
            self.position[1:], size=size, antialias=self.registers is not None
        )

    def _init(self) -> None:
        for tensor in (self.position, self.class_token, self.registers):
            if tensor is not None:
                nn.init.trunc_normal_(tensor, std=0.02)
        self.apply(init_linear)
        for name, tensor in self.blocks.named_parameters():
            if name.endswith(("scale1", "scale2")):
                nn.init.constant_(tensor, self.config.layer_scale)

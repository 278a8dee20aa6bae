"""The same small segmentation head on any model that gives four maps: `vit_*`, `vit_adapter_*`."""

from typing import Any

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from utils.contracts import Count, checked, holds
from utils.models import vit, vit_adapter
from utils.models.base import Model, fits
from utils.models.create import create_model, list_models
from utils.ops import crop, resize

FITTING = (*vit.VARIANTS, *vit_adapter.VARIANTS)  # backbones with a pyramid of four maps


class Segmenter(Model):
    """Four maps to one width, enlarged to the finest, added; then one class per pixel.

    Shape: (b, 3, h, w) -> logits (b, classes, h, w). Any picture size runs.
    Paper: the head of SegFormer (arXiv 2105.15203) section 3.2, which adds nothing of its own that
    looks sideways, so that what is seen comes from the maps.
    """

    def __init__(self, backbone: Model, *, channels: int, classes: int, hidden: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.config, self.coarsest = backbone.config, backbone.coarsest
        self.project = nn.ModuleList(nn.Linear(channels, hidden) for _ in range(4))
        self.norm = nn.LayerNorm(hidden)
        self.head = nn.Linear(hidden, classes)

    def norm_of_the_coarsest(self) -> nn.Module | None:
        return self.backbone.norm_of_the_coarsest()

    @checked(*fits("picture"))
    def forward(self, picture: Float[Tensor, "b rgb h w"]) -> Float[Tensor, "b classes h w"]:
        # four maps of one width and one size, added
        maps = [
            project(features)
            for project, features in zip(self.project, self.backbone(picture), strict=True)
        ]
        h, w = maps[0].shape[1:3]
        total = torch.stack([resize(features, size=(h, w)) for features in maps]).sum(dim=0)
        # one class per cell
        logits = self.head(functional.gelu(self.norm(total)))
        # The finest map covers ⌈h / 4⌉ · 4 pixels: what stands over is cut after enlarging.
        pixels = resize(logits, size=(4 * h, 4 * w))
        pixels = crop(pixels, size=(picture.shape[2], picture.shape[3]))
        return rearrange(pixels, "b h w classes -> b classes h w")


@checked(
    holds(
        lambda name: name in FITTING or name not in list_models(),
        f"models with four maps are {', '.join(FITTING)}",
        came=lambda name: f"the model name {name!r} came for a segmenter",
        mend="pass one of them",
        of="setting",
    )
)
def segmenter(name: str, *, classes: Count, hidden: Count = 64, **overrides: Any) -> Segmenter:
    """A segmentation model on the named backbone; keywords replace settings of that backbone.

    Raises: ConfigError for a model without a pyramid of four maps, or less than one class.

    >>> segmenter("vit_adapter_nano", classes=5).eval()(torch.zeros(1, 3, 40, 50)).shape
    torch.Size([1, 5, 40, 50])
    """
    backbone: Any = create_model(name, **overrides)
    width = backbone.config.channels
    return Segmenter(backbone, channels=width, classes=classes, hidden=hidden)

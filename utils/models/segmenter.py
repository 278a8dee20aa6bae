"""The same small segmentation head on any model that gives four maps: `vit_*`, `vit_adapter_*`."""

from typing import Any

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from utils.errors import ConfigError
from utils.models.create import create_model, list_models


class Segmenter(nn.Module):
    """Four maps to one width, enlarged to the finest, added; then one class per pixel.

    Shape: (b, 3, h, w) -> logits (b, classes, h, w). Any picture size runs.
    Paper: the head of SegFormer (arXiv 2105.15203) section 3.2, which adds nothing of its own that
    looks sideways, so that what is seen comes from the maps.
    """

    def __init__(self, backbone: nn.Module, *, channels: int, classes: int, hidden: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.config = backbone.config
        self.project = nn.ModuleList(nn.Linear(channels, hidden) for _ in range(4))
        self.norm = nn.LayerNorm(hidden)
        self.head = nn.Linear(hidden, classes)

    def forward(self, picture: Float[Tensor, "b rgb h w"]) -> Float[Tensor, "b classes h w"]:
        maps = [
            rearrange(project(features), "b h w c -> b c h w")
            for project, features in zip(self.project, self.backbone(picture), strict=True)
        ]
        finest = maps[0].shape[2:]
        total = torch.stack([_resize(features, finest) for features in maps]).sum(dim=0)
        x = functional.gelu(self.norm(rearrange(total, "b c h w -> b h w c")))
        logits = rearrange(self.head(x), "b h w classes -> b classes h w")
        # The finest map covers ⌈h / 4⌉ · 4 pixels: what stands over is cut after enlarging.
        h, w = picture.shape[2:]
        return _resize(logits, (4 * finest[0], 4 * finest[1]))[:, :, :h, :w]


def segmenter(name: str, *, classes: int, hidden: int = 64, **overrides: Any) -> Segmenter:
    """A segmentation model on the named backbone; keywords replace settings of that backbone.

    Raises: ConfigError for a model without a pyramid of four maps, or less than one class.

    >>> segmenter("vit_adapter_nano", classes=5).eval()(torch.zeros(1, 3, 40, 50)).shape
    torch.Size([1, 5, 40, 50])
    """
    fitting = [known for known in list_models() if known.startswith("vit_")]
    if name in list_models() and name not in fitting:
        raise ConfigError(
            f"the model name {name!r} came for a segmenter",
            allowed=f"models with four maps are {', '.join(fitting)}",
            mend="pass one of them",
        )
    if classes < 1 or hidden < 1:
        raise ConfigError(
            f"classes={classes} and hidden={hidden} came",
            allowed="both are at least 1",
            mend="count the background as a class",
        )
    backbone = create_model(name, **overrides)
    config: Any = backbone.config
    return Segmenter(backbone, channels=config.channels, classes=classes, hidden=hidden)


def _resize(planes: Tensor, size: tuple[int, int]) -> Tensor:
    if planes.shape[2:] == size:
        return planes
    return functional.interpolate(planes, size=size, mode="bilinear", align_corners=False)

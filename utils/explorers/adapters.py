"""What the views of ViT-Adapter share: the models that they show, and a pass in one size."""

from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from torch.nn import functional

from utils.checkpoints import load_shipped
from utils.errors import ConfigError
from utils.figures.classes import class_colors
from utils.models.vit_adapter.config import INTERACTIONS
from utils.training import prepare

__all__ = [
    "INTERACTIONS",
    "SIDE_STRIDES",
    "STRIDES",
    "adapter_of",
    "backbone_of",
    "default_model",
    "fitted",
    "says",
    "side_of",
    "trained",
]

STRIDES = (4, 8, 16, 32)  # of the four maps
SIDE_STRIDES = STRIDES[1:]  # of the side path
LARGEST = 224  # pixels a side; the largest models were trained on more and take long


@lru_cache(maxsize=2)
def trained(name: str) -> nn.Module:
    """The segmenter on `vit_nano` or `vit_adapter_nano` that comes with the course."""
    return load_shipped(f"{name}_segmenter")


def default_model() -> nn.Module:
    """The small segmenter on a ViT-Adapter that comes with the course."""
    return trained("vit_adapter_nano")


def backbone_of(model: Any) -> Any:
    """The model that gives the four maps: itself, or what stands under a segmenter's head."""
    return getattr(model, "backbone", model)


def says(
    model: Any, output: Any, picture: Float[Tensor, "1 rgb h w"]
) -> UInt8[np.ndarray, "tall wide colors"] | None:
    """What stands at each pixel, of one segmenter or of two side by side; None without a head."""
    models = model if isinstance(model, nn.ModuleList) else [model]
    if not all(hasattr(one, "backbone") for one in models):
        return None
    maps = [one(fitted(picture, one)).argmax(1)[0].cpu().numpy() for one in models]
    return np.concatenate([class_colors(one) for one in maps], axis=1)


def adapter_of(model: Any) -> Any:
    """The ViT-Adapter in a model. Raises: ConfigError where there is none."""
    backbone = backbone_of(model)
    if not hasattr(backbone, "interactions"):
        raise ConfigError(
            f"a {type(backbone).__name__} came",
            allowed="this view shows a ViT-Adapter, alone or under a segmenter's head",
            mend='pass model=create_model("vit_adapter_nano") or one of its larger variants',
        )
    return backbone


def side_of(model: Any) -> int:
    """The side of the pictures that the model was trained on."""
    return min(backbone_of(model).config.pretrain_size, LARGEST)


def fitted(picture: Float[Tensor, "1 rgb h w"], model: Any) -> Float[Tensor, "1 rgb side side"]:
    """The picture as the model wants it: square, normalized, of the size it was trained on."""
    side = side_of(model)
    small = functional.interpolate(picture, (side, side), mode="bilinear", antialias=True)
    return prepare(small, model)

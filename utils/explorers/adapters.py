"""What the views of ViT-Adapter share: the models that they show, and a pass in one size."""

from functools import lru_cache
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from utils.checkpoints import list_shipped, load_shipped
from utils.errors import ConfigError
from utils.models import segmenter
from utils.models.vit_adapter import DeformableAttention, Injector
from utils.training import prepare

STRIDES = (4, 8, 16, 32)  # of the four maps
SIDE_STRIDES = STRIDES[1:]  # of the side path
INTERACTIONS = 4
LARGEST = 224  # pixels a side; more shows no more and takes longer


@lru_cache(maxsize=2)
def trained(name: str) -> nn.Module:
    """The segmenter on `vit_nano` or `vit_adapter_nano` that comes with the course."""
    if f"{name}_segmenter" in list_shipped():
        return load_shipped(f"{name}_segmenter")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = segmenter(name, classes=3).eval()
        for module in model.modules():
            if isinstance(module, Injector):
                nn.init.normal_(module.gamma, std=0.3)
            if isinstance(module, DeformableAttention):
                nn.init.normal_(module.offsets.weight, std=0.1)
                nn.init.normal_(module.weights.weight, std=0.1)
    return model


def backbone_of(model: Any) -> Any:
    """The model that gives the four maps: itself, or what stands under a segmenter's head."""
    return getattr(model, "backbone", model)


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


def fitted(picture: Float[Tensor, "1 rgb h w"], model: Any) -> Float[Tensor, "1 rgb side side"]:
    """The picture as the model wants it: square, normalized, of a side that shows enough tokens."""
    side = min(2 * backbone_of(model).config.pretrain_size, LARGEST)
    small = functional.interpolate(picture, (side, side), mode="bilinear", antialias=True)
    return prepare(small, model)

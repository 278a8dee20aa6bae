"""From a picture in [0, 1] to what a model expects: the one place where that is decided."""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from utils.errors import ConfigError


def prepare(picture: Float[Tensor, "b c h w"], model: nn.Module) -> Float[Tensor, "b c h w"]:
    """Normalize with the model's mean and std, or scale to 0..255 for a model of optical flow.

    Shape: (b, c, h, w) in [0, 1] -> the same. Without `mean` it is 0 to `config.picture_max`,
    or [0, 1] where the configuration says nothing.
    Raises: ConfigError for a model without a configuration.

    >>> from utils.models import create_model
    >>> prepare(torch.full((1, 3, 2, 2), 0.485), create_model("swin_nano"))[0, 0, 0, 0].item()
    0.0
    """
    config = getattr(model, "config", None)
    if config is None:
        raise ConfigError(
            f"a {type(model).__name__} without a config came",
            allowed="a model says in config.mean and config.std what it expects",
            mend="give the model a config with mean and std, or normalize the picture yourself",
        )
    mean, std = getattr(config, "mean", None), getattr(config, "std", None)
    if mean is None or std is None:
        return picture * getattr(config, "picture_max", 1)
    shift, scale = (
        rearrange(torch.tensor(values, device=picture.device, dtype=picture.dtype), "c -> c 1 1")
        for values in (mean, std)
    )
    return (picture - shift) / scale

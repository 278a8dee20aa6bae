"""From a picture in [0, 1] to what a model expects: the one place where that is decided."""

import torch
from einops import rearrange
from jaxtyping import Float, Real
from torch import Tensor, nn

from utils.contracts import checked
from utils.errors import ConfigError, ShapeError
from utils.io.images import refuse_other_range


@checked()
def prepare(picture: Real[Tensor, "b c h w"], model: nn.Module) -> Float[Tensor, "b c h w"]:
    """Normalize with the model's mean and std, or scale to 0..255 for a model of optical flow.

    Shape: (b, c, h, w) in [0, 1] -> the same. Without `mean` it is 0 to `config.picture_max`,
    or [0, 1] where the configuration says nothing. 8-bit pictures are divided by 255.
    Raises: ConfigError for a model without a configuration, or values of another range;
    ShapeError for other channels than the model's.

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
    picture = _as_unit(picture)
    _check_channels(picture, config)
    mean, std = getattr(config, "mean", None), getattr(config, "std", None)
    if mean is None or std is None:
        return picture * getattr(config, "picture_max", 1)
    shift, scale = (
        rearrange(torch.tensor(values, device=picture.device, dtype=picture.dtype), "c -> c 1 1")
        for values in (mean, std)
    )
    return (picture - shift) / scale


def _as_unit(picture: Tensor) -> Tensor:
    """The picture in [0, 1]: bytes divided by 255, other integers refused."""
    if picture.dtype == torch.uint8:
        return picture.to(torch.float32) / 255
    if not picture.is_floating_point():
        raise ConfigError(
            f"a picture of {picture.dtype} came",
            allowed="pictures are floating-point numbers in [0, 1], or torch.uint8",
            mend="divide by the greatest value that they can have: picture / 255",
        )
    refuse_other_range(picture)
    return picture


def _check_channels(picture: Tensor, config: object) -> None:
    mean = getattr(config, "mean", None)
    wanted = getattr(config, "in_channels", None) or (len(mean) if mean else None)
    if picture.ndim != 4 or (wanted and picture.shape[1] != wanted):
        raise ShapeError(
            f"a picture of shape {tuple(picture.shape)} came",
            allowed=f"the model takes (b, {wanted or 'c'}, h, w)",
            mend="picture[None] adds the batch axis; gray becomes colors by "
            "picture.expand(-1, 3, -1, -1), colors become gray by picture.mean(1, keepdim=True)",
        )

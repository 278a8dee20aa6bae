"""What all models have in common at their door: what they refuse, and in which words."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from utils.contracts import Rule, holds, keeps_dtype
from utils.errors import ConfigError, ShapeError

drops_less_than_all = holds(
    lambda drop_path: drop_path < 1,
    "some of the samples go through the last block",
    mend="published models use 0.1 to 0.5",
    of="setting",
)


class Model(nn.Module):
    """A model with its settings in `config`."""

    config: Any
    coarsest = 1  # stride of the coarsest map that is normalized over the batch

    def norm_of_the_coarsest(self) -> nn.Module | None:
        """The batch normalization of the coarsest map; None in a model that has none."""
        return None

    def __prepare_scriptable__(self) -> nn.Module:
        raise ConfigError(
            f"a {type(self).__name__} came to torch.jit.script",
            allowed="models are written with einops and other Python, which it cannot read",
            mend="use torch.export.export(model, (picture,)), torch.jit.trace or torch.compile",
        )


def fits(*names: str, any_dtype: bool = False) -> Rule:
    """The rule for pictures at a model's door: channels, dtype, device, batch normalization.

    With `any_dtype` the model itself makes the picture's numbers what its weights are.
    """

    def ask(known: Mapping[str, Any]) -> None:
        model = known["self"]
        weight = next(model.parameters())
        for name in names:
            _check_picture(known[name], name, model, weight)
            if not any_dtype:
                _check_dtype(known[name], name, weight)
        norm = model.norm_of_the_coarsest()
        if norm is not None:
            _check_norm(norm, known[names[0]], model)

    return ask


def _check_picture(picture: Tensor, name: str, model: Model, weight: Tensor) -> None:
    channels = getattr(model.config, "in_channels", 3)
    if picture.shape[1] != channels:
        raise ShapeError(
            f"{name} of shape {tuple(picture.shape)} came",
            allowed=f"this {type(model).__name__} takes {channels} channels: (b, {channels}, h, w)",
            mend=_for_channels(name, picture, channels),
        )
    if picture.device != weight.device:
        raise ShapeError(
            f"{name} came on {picture.device}, the model stands on {weight.device}",
            allowed="both stand on one device",
            mend=f"{name}.to({str(weight.device)!r}) moves it",
        )


def _check_dtype(picture: Tensor, name: str, weight: Tensor) -> None:
    if picture.dtype != weight.dtype and keeps_dtype(picture):
        raise ShapeError(
            f"{name} of dtype {str(picture.dtype)[6:]} came",
            allowed=f"the model's weights are {str(weight.dtype)[6:]}, and so are its pictures",
            mend=f"{name}.to({weight.dtype}) makes it so; model.to({picture.dtype}) the other way",
        )


def _for_channels(name: str, picture: Tensor, channels: int) -> str:
    if picture.shape[-1] == channels:
        return f"{name}.movedim(-1, 1) brings the channels in front of the sides"
    if picture.shape[1] > channels:
        return f"{name}[:, :{channels}] leaves out the others, such as transparency"
    if picture.shape[1] == 1:
        return f"{name}.expand(-1, {channels}, -1, -1) makes the gray one such a picture"
    return f"create_model(..., in_channels={picture.shape[1]}) makes a model for such pictures"


def _check_norm(norm: nn.Module, picture: Tensor, model: Model) -> None:
    if isinstance(norm, nn.SyncBatchNorm):
        raise ConfigError(
            f"a {type(model).__name__} came whose norms are SyncBatchNorm",
            allowed="maps are b h w c here, and SyncBatchNorm reads b c h w",
            mend="make the model anew and leave its norms: each process then takes the statistics "
            "of its own batch",
        )
    b, h, w = picture.shape[0], *picture.shape[2:]
    cells = b * -(-h // model.coarsest) * -(-w // model.coarsest)
    if cells < 2 and norm.training:
        raise ShapeError(
            f"one picture of {h}×{w} came in training",
            allowed="batch normalization takes its statistics over at least two cells, and the "
            f"map at 1/{model.coarsest} has one",
            mend="train on two pictures at once or on larger ones; model.eval() uses what was "
            "learned",
        )

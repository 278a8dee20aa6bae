"""What all models have in common at their door: what they refuse, and in which words."""

from typing import Any

from torch import nn

from utils.contracts import Rule, fits_weights, holds
from utils.errors import ConfigError

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


def fits(*names: str, any_dtype: bool = False) -> tuple[Rule, ...]:
    """The rules for pictures (b, rgb, h, w) at a model's door, to be handed on with a star.

    With `any_dtype` the model itself makes the picture's numbers what its weights are.
    """
    alike = (fits_weights(name, any_dtype=any_dtype) for name in names)
    return (_has_its_channels, *alike, _keeps_its_norms, _fills_its_norms)


def _channels(model: Model) -> int:
    return getattr(model.config, "in_channels", 3)


def _for_channels(self: Model, rgb: int, w: int) -> str:
    channels = _channels(self)
    if w == channels:
        return "picture.movedim(-1, 1) brings the channels in front of the sides"
    if rgb > channels:
        return f"picture[:, :{channels}] leaves out the others, such as transparency"
    if rgb == 1:
        return f"picture.expand(-1, {channels}, -1, -1) makes the gray one such a picture"
    return f"create_model(..., in_channels={rgb}) makes a model for such pictures"


def _cells(model: Model, b: int, h: int, w: int) -> int:
    return b * -(-h // model.coarsest) * -(-w // model.coarsest)


_has_its_channels = holds(
    lambda self, rgb: rgb == _channels(self),
    lambda self: (
        f"this {type(self).__name__} takes {_channels(self)} channels: (b, {_channels(self)}, h, w)"
    ),
    came=lambda b, rgb, h, w: f"a picture of shape {(b, rgb, h, w)} came",
    mend=_for_channels,
)
_keeps_its_norms = holds(
    lambda self: not isinstance(self.norm_of_the_coarsest(), nn.SyncBatchNorm),
    "maps are b h w c here, and SyncBatchNorm reads b c h w",
    came=lambda self: f"a {type(self).__name__} came whose norms are SyncBatchNorm",
    mend="make the model anew and leave its norms: each process then takes the statistics of its "
    "own batch",
    of="setting",
)
_fills_its_norms = holds(
    lambda self, b, h, w: (
        self.coarsest == 1
        or _cells(self, b, h, w) > 1
        or not getattr(self.norm_of_the_coarsest(), "training", False)
    ),
    lambda self: (
        "batch normalization takes its statistics over at least two cells, and the map at "
        f"1/{self.coarsest} has one"
    ),
    came=lambda h, w: f"one picture of {h}×{w} came in training",
    mend="train on two pictures at once or on larger ones; model.eval() uses what was learned",
)

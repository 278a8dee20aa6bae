"""`create_model("swin_t")`: any published or nano variant by its name."""

from collections.abc import Callable
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from torch import nn

from utils.errors import ConfigError
from utils.models import gmflow, maxvit, restormer, swin, vit, vit_adapter

# Name of a variant -> (its configuration, the class that takes it).
_VARIANTS: dict[str, tuple[Any, Callable[[Any], nn.Module]]] = {
    **{name: (config, swin.Swin) for name, config in swin.VARIANTS.items()},
    **{name: (config, maxvit.MaxViT) for name, config in maxvit.VARIANTS.items()},
    **{name: (config, restormer.Restormer) for name, config in restormer.VARIANTS.items()},
    **{name: (config, gmflow.GMFlow) for name, config in gmflow.VARIANTS.items()},
    **{name: (config, vit.PlainViT) for name, config in vit.VARIANTS.items()},
    **{name: (config, vit.DinoV2) for name, config in vit.DINOV2_VARIANTS.items()},
    **{name: (config, vit_adapter.ViTAdapter) for name, config in vit_adapter.VARIANTS.items()},
}


def list_models() -> list[str]:
    """The names that `create_model` knows.

    >>> list_models()[:2]
    ['swin_nano', 'swin_t']
    """
    return list(_VARIANTS)


def create_model(name: str, **overrides: Any) -> nn.Module:
    """An untrained model; keywords replace settings of its configuration.

    Raises: ConfigError for an unknown name or setting, and says which there are.

    >>> create_model("swin_nano", classes=7).config.classes
    7
    """
    if not isinstance(name, str) or name not in _VARIANTS:
        raise ConfigError(
            f"the model name {name!r} came"[:80],
            allowed=f"names are {', '.join(_VARIANTS)}",
            mend=_nearest_name(name),
        )
    config, build = _VARIANTS[name]
    known = list(vars(config))
    unknown = [key for key in overrides if key not in known]
    if unknown:
        raise ConfigError(
            f"the setting {', '.join(unknown)} came for {name}",
            allowed=f"its settings are {', '.join(known)}",
            mend=_nearest_setting(unknown[0], known),
        )
    return build(replace(config, **overrides))


def _nearest_name(name: Any) -> str:
    if not isinstance(name, str):
        return "pass one of them as a text"
    plain = name.lower().replace("-", "_")
    for long, letter in (("tiny", "t"), ("small", "s"), ("base", "b"), ("large", "l")):
        plain = plain.replace(f"_{long}", f"_{letter}")
    near = get_close_matches(plain, _VARIANTS, n=1, cutoff=0.75)
    return f"did you mean {near[0]}?" if near else "pass one of them; list_models() gives the list"


def _nearest_setting(name: str, known: list[str]) -> str:
    near = [_ELSEWHERE[name]] if name in _ELSEWHERE else get_close_matches(name, known, n=1)
    if near and near[0] in known:
        return f"did you mean {near[0]}?"
    return "leave it out"


# What other libraries call our settings.
_ELSEWHERE = {
    "num_classes": "classes",
    "num_labels": "classes",
    "embed_dim": "channels",
    "hidden_size": "channels",
    "dim": "channels",
    "in_chans": "in_channels",
    "inp_channels": "in_channels",
    "num_channels": "in_channels",
    "drop_path_rate": "drop_path",
    "img_size": "pretrain_size",
    "image_size": "pretrain_size",
    "deform_num_heads": "adapter_heads",
    "n_points": "points",
    "deform_ratio": "value_ratio",
    "cffn_ratio": "ffn_ratio",
    "conv_inplane": "conv_channels",
}

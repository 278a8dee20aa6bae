"""`create_model("swin_t")`: any published or nano variant by its name."""

from collections.abc import Callable
from dataclasses import replace
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
            f"the model name {name!r} came",
            allowed=f"names are {', '.join(_VARIANTS)}",
            mend="pass one of them; list_models() gives the list",
        )
    config, build = _VARIANTS[name]
    known = list(vars(config))
    unknown = [key for key in overrides if key not in known]
    if unknown:
        raise ConfigError(
            f"the setting {', '.join(unknown)} came for {name}",
            allowed=f"its settings are {', '.join(known)}",
            mend="correct the spelling, or leave it out",
        )
    return build(replace(config, **overrides))

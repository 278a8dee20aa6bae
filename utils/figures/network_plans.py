"""What stands on the boxes of each network's drawing, by the paths of its modules.

Sizes, order and arrows are not here: they come from a pass (`utils.tracing.dataflow`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from torch import nn

from utils.errors import ConfigError

# Drawn as what they hold; every other module is one box.
OPEN = {
    *("Swin", "SwinStage"),
    *("MaxViT", "MaxViTStage", "MaxViTBlock"),
    *("Restormer",),
    *("GMFlow", "FlowEncoder", "FeatureTransformer", "TransformerBlock"),
    *("ViTAdapter", "Interaction", "SpatialPrior", "ViT", "Segmenter"),
}
NETWORKS = {
    "swin": "Swin",
    "maxvit": "MaxViT",
    "restormer": "Restormer",
    "gmflow": "GMFlow",
    "vit_adapter": "ViT-Adapter",
}


@dataclass(frozen=True)
class Kind:
    """How boxes look whose path fits `pattern` (that of a shell) and whose module fits `fits`.

    `group` is the frame's title around neighbors, with the numbers of the path, from 1. `stream`
    is a lane of its own. `stacked`: below each other in one column. `views` show the mechanism.
    """

    pattern: str
    mark: str
    said: str
    views: tuple[str, ...] = ()
    group: str = ""
    stream: str = ""
    stacked: bool = False
    attends: bool = False
    fits: Callable[[nn.Module], bool] = lambda module: True

    def group_of(self, path: str) -> str:
        """The title of the frame around a box.

        >>> Kind("stages.*", "W", "", group="Stage {0}").group_of("stages.1.blocks.0")
        'Stage 2'
        """
        return self.group.format(*(int(number) + 1 for number in re.findall(r"\d+", path)))


def _is_shifted(module: nn.Module) -> bool:
    return any(getattr(module, "shift_size", ()))


def _is_grid(module: nn.Module) -> bool:
    return getattr(module, "kind", "") == "grid"


_SWIN = (
    Kind("patch_embedding", "patch", "patches of pixels become tokens"),
    Kind(
        *("stages.*.blocks.*", "SW", "attention in shifted windows, then an MLP"),
        views=("shift_mask", "attention"),
        group="Stage {0}",
        attends=True,
        fits=_is_shifted,
    ),
    Kind(
        *("stages.*.blocks.*", "W", "attention in windows, then an MLP"),
        views=("windows", "attention"),
        group="Stage {0}",
        attends=True,
    ),
    Kind("stages.*.merging", "merge", "four neighbors become one token"),
    Kind("norm", "norm", "a LayerNorm"),
    Kind("head", "head", "the mean of all tokens becomes one number per class"),
)
_MAXVIT = (
    Kind("stem", "stem", "two convolutions"),
    Kind(
        *("stages.*.mbconv", "MB", "MBConv: a convolution with squeeze-and-excite"),
        views=("squeeze_excite",),
        group="Stage {0}",
    ),
    Kind(
        *("stages.*.axes.*", "grid", "attention across the grid, then an MLP"),
        views=("multi_axis",),
        group="Stage {0}",
        attends=True,
        fits=_is_grid,
    ),
    Kind(
        *("stages.*.axes.*", "block", "attention among neighbors, then an MLP"),
        views=("multi_axis",),
        group="Stage {0}",
        attends=True,
    ),
    Kind("norm", "norm", "a LayerNorm of the mean over all cells"),
    Kind("hidden", "MLP", "a hidden layer"),
    Kind("head", "head", "one number per class"),
)
_BLOCK = ("T", "attention across channels (MDTA), then the gate (GDFN)", ("mdta", "gate"))
_RESTORMER = (
    Kind("embedding", "3×3", "a convolution"),
    Kind("encoder.*.*", *_BLOCK, group="Down {0}", attends=True),
    Kind("latent.*", *_BLOCK, group="Bottom", attends=True),
    Kind("decoder.*.*", *_BLOCK, group="Up {0}", attends=True),
    Kind("refinement.*", *_BLOCK, group="Refine", attends=True),
    Kind("down.*", "½×", "half the sides, twice the channels"),
    Kind("up.*", "2×", "twice the sides, half the channels"),
    Kind("join.*", "1×1", "the skip joins; a 1×1 convolution halves the channels"),
    Kind("skip", "1×1", "the embedding joins"),
    Kind("output", "3×3", "a convolution makes what is added to the picture", ("restore",)),
)
_GMFLOW = (
    Kind("encoder.stem", "7×7", "a convolution over both frames", group="Encoder"),
    Kind("encoder.stages.*", "res", "two convolutions beside a shortcut", group="Encoder"),
    Kind("encoder.projection", "1×1", "as wide as the transformer", group="Encoder"),
    Kind("encoder.trident", "3×3", "one kernel, two strides", group="Encoder"),
    Kind(
        *("transformer.*.self_attention", "self", "cells ask their own frame", ("match",)),
        group="Transformer",
        attends=True,
    ),
    Kind(
        *("transformer.*.cross_attention", "cross", "cells ask the other frame", ("match",)),
        group="Transformer",
        attends=True,
    ),
    Kind("matching.*", "match", "where each cell went", ("match",), attends=True),
    Kind(
        *("propagation", "prop", "hidden cells take the flow of what looks like them"),
        views=("occlusion",),
        attends=True,
    ),
    Kind("upsampler*", "up", "one flow for every pixel", ("upsampling",)),
)
_ADAPTER = (
    Kind("*spatial_prior.stem.*", "3×3", "a convolution of the spatial prior", group="Prior"),
    Kind("*spatial_prior.down.*", "3×3", "half the sides", group="Prior"),
    Kind("*spatial_prior.project.*", "1×1", "as wide as the ViT", group="Prior", stacked=True),
    Kind("*vit.patch_embedding", "P", "patches of 16×16 pixels become tokens", stream="ViT"),
    Kind(
        *("*.injector", "inj", "the ViT asks the side path", ("injector", "deformable")),
        group="Interaction {0}",
        stream="ViT",
        attends=True,
    ),
    Kind(
        *("*vit.blocks.*", "ViT", "a block of the plain ViT: attention of all tokens, then an MLP"),
        stream="ViT",
        attends=True,
    ),
    Kind(
        *("*interactions.*.ext*", "ext", "the side path asks the ViT"),
        views=("interaction", "deformable"),
        group="Interaction {0}",
        attends=True,
    ),
    Kind("*vit.norm", "LN", "the ViT's last norm", stream="ViT"),
    Kind("*up", "2×", "twice the sides"),
    Kind("*norms.*", "BN", "side path and ViT added, then a norm", ("pyramid",), stacked=True),
    Kind("project.*", "1×1", "the head brings all maps to one width", stacked=True),
    Kind("norm", "LN", "the four maps, enlarged and added"),
    Kind("head", "head", "one number per class and cell"),
)
PLANS = {
    "swin": _SWIN,
    "maxvit": _MAXVIT,
    "restormer": _RESTORMER,
    "gmflow": _GMFLOW,
    "vit_adapter": _ADAPTER,
}


def is_open(module: nn.Module) -> bool:
    """Whether a module is drawn as what it holds."""
    return type(module).__name__ in OPEN


def network_of(model: nn.Module) -> str:
    """Which of the five it is; a segmenter is what stands under its head.

    Raises: ConfigError for any other module.
    """
    inner = type(getattr(model, "backbone", model)).__name__
    for name, title in NETWORKS.items():
        if inner == title.replace("-", ""):
            return name
    raise ConfigError(
        f"a {inner} came",
        allowed=f"drawn are {', '.join(NETWORKS.values())}",
        mend='pass one of their variants, such as create_model("swin_t")',
    )


def kind_of(network: str, path: str, module: nn.Module) -> Kind:
    """How a module's box looks. A module that no plan names is drawn by its own name."""
    for kind in PLANS[network]:
        if fnmatchcase(path, kind.pattern) and kind.fits(module):
            return kind
    name = type(module).__name__
    return Kind(path, name[:5], f"a {name}")

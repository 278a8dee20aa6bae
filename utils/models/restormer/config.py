"""The settings of Restormer and its published variants."""

from dataclasses import dataclass, replace

from utils.contracts import check_fields
from utils.errors import ConfigError, check_at_least_one

ATTENTIONS = ("channels", "windows")
FEED_FORWARDS = ("gated", "mlp")


@dataclass(frozen=True)
class RestormerConfig:
    """One Restormer; the defaults are the deraining network's (paper section 4, official code)."""

    channels: int = 48  # C of the paper, the width of level 1; each level doubles it
    depths: tuple[int, ...] = (4, 6, 6, 8)  # blocks per level, the last one is the bottom of the U
    num_heads: tuple[int, ...] = (1, 2, 4, 8)
    refinement: int = 4  # blocks after the U, at full size
    ffn_ratio: float = 2.66  # γ: each half of the gate has int(γ · channels) channels
    norm_bias: bool = True  # False for denoising: a LayerNorm that subtracts nothing
    in_channels: int = 3
    out_channels: int = 3
    dual_pixel: bool = False  # two views in; the skip comes from the embedding, not the picture
    attention: str = "channels"  # "windows": plain window attention in place of MDTA, to compare
    feed_forward: str = "gated"  # "mlp": two linear layers in place of GDFN, to compare
    window_size: int = 8  # of attention="windows" alone

    def __post_init__(self) -> None:
        check_fields(self)
        if len(self.depths) != len(self.num_heads) or not self.depths:
            raise ConfigError(
                f"{len(self.depths)} depths and {len(self.num_heads)} numbers of heads came",
                allowed="both have one entry per level",
                mend="the published ones are depths=(4, 6, 6, 8), num_heads=(1, 2, 4, 8)",
            )
        _check_least_one(self)
        _check_choices(self)
        if not self.dual_pixel and self.in_channels != self.out_channels:
            raise ConfigError(
                f"in_channels={self.in_channels} and out_channels={self.out_channels} came",
                allowed="they are equal, since the picture is added to what the network gives",
                mend="pass both, or dual_pixel=True, which adds no picture",
            )


def _check_least_one(config: RestormerConfig) -> None:
    if min(config.depths) < 1 or config.refinement < 0:
        raise ConfigError(
            f"depths {config.depths} and refinement {config.refinement} came",
            allowed="each level has at least one block; the refinement may have none",
            mend="the published ones are depths=(4, 6, 6, 8), refinement=4",
        )
    check_at_least_one(config, "channels", "in_channels", "out_channels", "window_size")


def _check_choices(config: RestormerConfig) -> None:
    for name, allowed in (("attention", ATTENTIONS), ("feed_forward", FEED_FORWARDS)):
        if getattr(config, name) not in allowed:
            raise ConfigError(
                f"{name}={getattr(config, name)!r} came",
                allowed=f"{name} is one of {', '.join(allowed)}",
                mend=f"pass {name}={allowed[0]!r}, Restormer's own",
            )


_DERAIN = RestormerConfig()
VARIANTS = {
    "restormer_nano": replace(
        _DERAIN,
        channels=12,
        depths=(2, 2, 2, 2),
        refinement=1,
        norm_bias=False,
    ),
    "restormer_derain": _DERAIN,
    "restormer_denoise": replace(_DERAIN, norm_bias=False),
    "restormer_denoise_gray": replace(_DERAIN, norm_bias=False, in_channels=1, out_channels=1),
    "restormer_dual_pixel": replace(_DERAIN, in_channels=6, dual_pixel=True),
}

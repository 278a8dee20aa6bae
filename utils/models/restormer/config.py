"""The settings of Restormer and its published variants."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from utils.contracts import Between, Count, check_fields, holds

LEVELS = 8  # each halves the sides: at the ninth a picture of 128×128 would have no pixel


@dataclass(frozen=True)
class RestormerConfig:
    """One Restormer; the defaults are the deraining network's (paper section 4, official code)."""

    channels: Count = 48  # C of the paper, the width of level 1; each level doubles it
    depths: tuple[Count, ...] = (4, 6, 6, 8)  # blocks per level, the last is the bottom of the U
    num_heads: tuple[Count, ...] = (1, 2, 4, 8)
    refinement: Annotated[int, Between(0, 16_384)] = 4  # blocks after the U, at full size
    ffn_ratio: Annotated[float, Between(0, 64)] = 2.66  # γ: int(γ · channels) in half the gate
    norm_bias: bool = True  # False for denoising: a LayerNorm that subtracts nothing
    in_channels: Count = 3
    out_channels: Count = 3
    dual_pixel: bool = False  # two views in; the skip comes from the embedding, not the picture
    attention: Literal["channels", "windows"] = "channels"  # "windows" in place of MDTA, to compare
    feed_forward: Literal["gated", "mlp"] = "gated"  # "mlp" in place of GDFN, to compare
    window_size: Count = 8  # of attention="windows" alone

    def __post_init__(self) -> None:
        check_fields(
            self,
            holds(
                lambda depths, num_heads: 0 < len(depths) == len(num_heads) <= LEVELS,
                f"both have one entry per level, and there are 1 to {LEVELS} levels",
                mend="the published ones are depths=(4, 6, 6, 8), num_heads=(1, 2, 4, 8)",
                of="setting",
            ),
            holds(
                lambda channels, ffn_ratio: int(channels * ffn_ratio) >= 1,
                "the feed-forward part is at least one channel wide",
                mend="the published ffn_ratio is 2.66",
                of="setting",
            ),
            holds(
                lambda dual_pixel, in_channels, out_channels: (
                    dual_pixel or in_channels == out_channels
                ),
                "without dual_pixel they are equal: the picture is added to what the network gives",
                mend="pass both, or dual_pixel=True, which adds no picture",
                of="setting",
            ),
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
    # One network, other weights: motion blur, and focus blur in a single picture.
    "restormer_motion_deblur": _DERAIN,
    "restormer_defocus_deblur": _DERAIN,
    "restormer_denoise": replace(_DERAIN, norm_bias=False),
    "restormer_denoise_real": replace(_DERAIN, norm_bias=False),
    "restormer_denoise_gray": replace(_DERAIN, norm_bias=False, in_channels=1, out_channels=1),
    # Focus blur in the two views of a dual-pixel camera.
    "restormer_dual_pixel": replace(_DERAIN, in_channels=6, dual_pixel=True),
}

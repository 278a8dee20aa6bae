"""The settings of GMFlow and its published sizes."""

from dataclasses import dataclass, replace
from math import lcm
from typing import ClassVar

from utils.contracts import check_fields
from utils.errors import ConfigError, check_at_least_one

POSITIONS = ("absolute", "relative")
UPSAMPLERS = ("convex", "unet")
GLOBAL = -1  # as a radius, in the official code: no window, the whole map


@dataclass(frozen=True)
class GMFlowConfig:
    """One GMFlow; the defaults are the published model with one scale.

    The three tuples have one entry per scale, the coarsest first. The finest features have the
    stride `upsample_factor`, each coarser scale twice as much.
    """

    picture_max: ClassVar[float] = 255.0  # frames come in 0..255; the model scales them itself

    channels: int = 128  # D of the paper, the width of the features
    widths: tuple[int, ...] = (64, 96, 128)  # of the encoder's three stages
    layers: int = 6
    mlp_ratio: int = 4  # times the 2D channels that the feed-forward part reads
    upsample_factor: int = 8  # 8 or 4
    upsample_channels: int = 256
    attn_splits: tuple[int, ...] = (2,)
    corr_radius: tuple[int, ...] = (GLOBAL,)  # matching: −1 global, else the radius in cells
    prop_radius: tuple[int, ...] = (GLOBAL,)  # propagation, the same
    in_channels: int = 3  # 1: gray frames
    first_kernel: int = 7
    position: str = "absolute"  # "relative": queries and keys turned by their place instead
    upsampler: str = "convex"  # "unet": a decoder with the encoder's maps as skips

    def __post_init__(self) -> None:
        check_fields(self)
        self._check_scales()
        self._check_numbers()
        for name, allowed in (("position", POSITIONS), ("upsampler", UPSAMPLERS)):
            _check(getattr(self, name) in allowed, name, self, f"one of {', '.join(allowed)}")

    @property
    def scales(self) -> int:
        """How many times the flow is estimated, each time at twice the resolution."""
        return len(self.attn_splits)

    @property
    def strides(self) -> tuple[int, ...]:
        """Pixels per cell of the features of each scale, the coarsest first."""
        return tuple(self.upsample_factor * 2**k for k in reversed(range(self.scales)))

    @property
    def multiple(self) -> int:
        """What must divide both sides of the padded frames: 16, or 32 with refinement."""
        whole = (s * n for s, n in zip(self.strides, self.attn_splits, strict=True))
        return lcm(2 * self.strides[0], *whole)

    def _check_scales(self) -> None:
        lengths = [len(x) for x in (self.attn_splits, self.corr_radius, self.prop_radius)]
        if lengths not in ([1, 1, 1], [2, 2, 2]):
            raise ConfigError(
                f"{lengths[0]} attn_splits, {lengths[1]} corr_radius, {lengths[2]} prop_radius "
                "came",
                allowed="each has one entry per scale, and there are one or two scales",
                mend="the published ones are (2,), (-1,), (-1,) and (2, 8), (-1, 4), (-1, 1)",
            )
        _check(all(n >= 1 for n in self.attn_splits), "attn_splits", self, "counts of at least 1")
        for name in ("corr_radius", "prop_radius"):
            good = all(radius == GLOBAL or radius >= 1 for radius in getattr(self, name))
            _check(good, name, self, "-1 for the whole map, or at least 1")

    def _check_numbers(self) -> None:
        good = self.channels >= 4 and self.channels % 4 == 0
        _check(good, "channels", self, "a multiple of 4, for the sine position")
        good = len(self.widths) == 3 and min(self.widths) >= 1
        _check(good, "widths", self, "three numbers of at least 1, one per stage")
        _check(self.upsample_factor in (4, 8), "upsample_factor", self, "4 or 8")
        _check(self.in_channels in (1, 3), "in_channels", self, "1 (gray) or 3 (RGB)")
        odd = self.first_kernel >= 1 and self.first_kernel % 2 == 1
        _check(odd, "first_kernel", self, "an odd number, so that it has a middle")
        check_at_least_one(self, "layers", "mlp_ratio", "upsample_channels")


def _check(good: bool, name: str, config: GMFlowConfig, allowed: str) -> None:
    if not good:
        raise ConfigError(
            f"{name}={getattr(config, name)!r} came",
            allowed=f"{name} is {allowed}",
            mend=f"the published value is {getattr(GMFlowConfig, name)!r}",
        )


_BASE = GMFlowConfig()
VARIANTS = {
    "gmflow_nano": replace(
        _BASE,
        channels=64,
        widths=(32, 48, 64),
        layers=4,
        mlp_ratio=2,
        upsample_factor=4,
        upsample_channels=128,
    ),
    "gmflow": _BASE,
    "gmflow_refine": replace(
        _BASE, upsample_factor=4, attn_splits=(2, 8), corr_radius=(-1, 4), prop_radius=(-1, 1)
    ),
}

"""The settings of Shapes World."""

from dataclasses import dataclass

from utils.contracts import check_fields
from utils.errors import ConfigError

LARGEST_SIDE = 4096  # above it one scene takes gigabytes
SMALLEST_SIDE = 32  # below it the parts of a distractor are smaller than a pixel


@dataclass(frozen=True)
class WorldConfig:
    """How large, how crowded and how lively the scenes are.

    **Units** sizes of shapes are fractions of the picture's shorter side (from the middle to about
    the end of the bar); motion in pixels; angles in degrees; zoom is the largest growth between two
    frames. Shapes stand within `tilt` of upright. `photographs` is the part of all scenes whose
    background is a training photograph.
    """

    size: tuple[int, int] = (96, 96)
    subject_scale: tuple[float, float] = (0.28, 0.38)
    distractor_scale: tuple[float, float] = (0.15, 0.24)
    distractors: tuple[int, int] = (2, 4)
    tilt: float | int = 30.0
    max_motion: float | int = 16.0
    max_turn: float | int = 15.0
    max_zoom: float | int = 1.12
    photographs: float | int = 0.0

    def __post_init__(self) -> None:
        check_fields(self)
        if min(self.size) < SMALLEST_SIDE or max(self.size) > LARGEST_SIDE:
            raise ConfigError(
                f"the size {self.size} came",
                allowed=f"both sides are at least {SMALLEST_SIDE} pixels, at most {LARGEST_SIDE}",
                mend="ask for a scene between these and scale the picture",
            )
        for name, least, most in (
            ("subject_scale", 0.1, 0.4),
            ("distractor_scale", 0.02, 0.4),
            ("distractors", 0, 8),
        ):
            low, high = getattr(self, name)
            if not least <= low <= high <= most:
                raise ConfigError(
                    f"{name}={(low, high)} came",
                    allowed=f"a smallest and a largest value between {least} and {most}",
                    mend=f"leave {name} away to get its default",
                )
        if not 0 <= self.photographs <= 1:
            raise ConfigError(
                f"photographs={self.photographs} came",
                allowed="it is a part of all scenes, between 0 and 1",
                mend="use 0 for none, 0.5 for every second scene",
            )
        if not min(self.tilt, self.max_motion, self.max_turn, self.max_zoom - 1) >= 0:
            raise ConfigError(
                f"tilt={self.tilt}, max_motion={self.max_motion}, max_turn={self.max_turn}, "
                f"max_zoom={self.max_zoom} came",
                allowed="none is negative, and max_zoom is at least 1",
                mend="use 0, and 1 for max_zoom, to switch a motion off",
            )

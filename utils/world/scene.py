"""The one scene that runs through every notebook, and the same scene in motion."""

import math
from dataclasses import dataclass, replace
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from utils.contracts import checked
from utils.errors import ConfigError
from utils.world.config import WorldConfig
from utils.world.poses import Poses
from utils.world.scenes import Scenes, draw_scenes
from utils.world.shapes_world import Batch, render

# Looked at and chosen: a clear subject, shapes that overlap, a texture that shows every motion.
SHOWN = (12, 46, 53)
MOST_MOTION, MOST_TURN, MOST_ZOOM = 0.5, 180.0, 4.0


@dataclass(frozen=True)
class Motion:
    """A motion between the frames.

    **Units** dx to the right and dy down in pixels, turn in degrees (clockwise), zoom as a factor.
    """

    dx: float | int = 0.0
    dy: float | int = 0.0
    turn: float | int = 0.0
    zoom: float | int = 1.0


@checked()
def scene(
    size: tuple[int, int] = (96, 96),
    *,
    index: int = 0,
    motion: Motion | None = None,
    moves: Literal["subject", "all"] = "subject",
) -> Batch:
    """The course's scene at any size, as a batch of one, with its second frame and all truths.

    Without a motion everything moves as the scene was drawn; with one, the subject moves alone, or
    the whole picture moves as one about its middle.

    >>> scene((64, 80)).frame0.shape
    torch.Size([1, 3, 64, 80])
    >>> float(scene(motion=Motion()).flow.abs().max()) < 1e-4
    True
    """
    if not 0 <= index < len(SHOWN):
        raise ConfigError(
            f"the scene {index} came",
            allowed=f"scenes 0 to {len(SHOWN) - 1} were chosen to be shown",
            mend='use ShapesWorld(split="show") for all others',
        )
    config = WorldConfig(size=size, max_motion=16 * min(size) / 96)
    scenes = draw_scenes(config, "show", [SHOWN[index]])
    if motion is not None:
        _check_motion(motion, short=min(size))
        scenes = (
            move_subject(scenes, motion)
            if moves == "subject"
            else move_all(scenes, motion, size=size)
        )
    return render(scenes, size=size)


@checked()
def scene_picture(
    size: tuple[int, int] = (96, 96), *, index: int = 0
) -> Float[Tensor, "1 rgb h w"]:
    """The first frame alone."""
    return scene(size, index=index).frame0


def _check_motion(motion: Motion, *, short: int) -> None:
    far = max(abs(motion.dx), abs(motion.dy)) > MOST_MOTION * short
    wild = abs(motion.turn) > MOST_TURN or not 1 / MOST_ZOOM <= motion.zoom <= MOST_ZOOM
    if far or wild:
        raise ConfigError(
            f"{motion} came",
            allowed=f"dx and dy reach {MOST_MOTION * short:g} pixels, turn {MOST_TURN:g} degrees, "
            f"zoom 1/{MOST_ZOOM:g} to {MOST_ZOOM:g}",
            mend="choose a smaller motion",
        )


def move_subject(scenes: Scenes, motion: Motion) -> Scenes:
    """The same scenes, in whose second frame only the subject has moved."""
    still = scenes.poses0
    mine = torch.nn.functional.one_hot(scenes.subject, still.angle.shape[1]).to(still.angle)
    shift = mine[..., None] * torch.tensor([motion.dx, motion.dy]).to(mine)
    moved = still.moved(
        shift=shift, turn=mine * math.radians(motion.turn), zoom=1 + mine * (motion.zoom - 1)
    )
    return replace(scenes, poses1=moved, background1=scenes.background0)


def move_all(scenes: Scenes, motion: Motion, *, size: tuple[int, int]) -> Scenes:
    """The same scenes, in whose second frame all has moved as one, about the middle."""
    h, w = size
    middle = torch.tensor([(w - 1) / 2, (h - 1) / 2], device=scenes.label.device)
    turn = math.radians(motion.turn)

    def carry(poses: Poses) -> Poses:
        x, y = (poses.center - middle).unbind(-1)
        turned = torch.stack(
            [x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)], -1
        )
        shift = torch.tensor([motion.dx, motion.dy], device=middle.device)
        return Poses(
            middle + motion.zoom * turned + shift, poses.angle + turn, poses.scale * motion.zoom
        )

    return replace(scenes, poses1=carry(scenes.poses0), background1=carry(scenes.background0))

"""What the views on optical flow share: two frames and what is known about them, and the model.

The frames are the course's scene in motion; or one picture of the learner's, moved by a known
motion, so that the true flow is known as well; or two frames of the learner's own (`frames=`).
"""

import base64
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional

from utils.checkpoints import load_shipped
from utils.explorers.arrays import pack
from utils.explorers.model_view import ModelExplorer
from utils.explorers.picture import Picture, as_bytes, picture_of
from utils.explorers.settings import check_settings
from utils.fast import fast
from utils.figures.flow import wheel_picture
from utils.ops import coordinates
from utils.training import prepare
from utils.world import Motion, scene

Inside = TypeVar("Inside")
Size = tuple[int, int]
SIZE = (96, 96)  # of the frames: the scenes on which the small model has learned are no larger
WHEEL = base64.b64encode(wheel_picture(96).tobytes()).decode()  # the legend, for the browser
OWN_MOTION = Motion(dx=9, dy=-6, turn=6, zoom=1.05)  # of a single picture of the learner's


@dataclass(frozen=True)
class Pair:
    """Two frames; the true flow and what frame 1 does not show, where they are known.

    **Units** colors in [0, 1]; flow in pixels, (x, y).
    """

    frame0: Float[Tensor, "1 3 h w"]
    frame1: Float[Tensor, "1 3 h w"]
    flow: Float[Tensor, "1 2 h w"] | None = None
    hidden: Bool[Tensor, "1 h w"] | None = None


@lru_cache(maxsize=1)
def default_model() -> nn.Module:
    """The small GMFlow that comes with the course."""
    return load_shipped("gmflow_nano")


def scene_pair(size: Size = SIZE, *, motion: Motion | None = None, moves: Any = "subject") -> Pair:
    """The course's scene: as it was drawn, or with a motion of one's own."""
    batch = scene(size, motion=motion, moves=moves)
    return Pair(batch.frame0, batch.frame1, batch.flow, batch.occluded | batch.out_of_frame)


def scene_pass(run: Callable[..., Inside]) -> Callable[[], tuple[Inside, Pair]]:
    """What `run` keeps of the small model's pass over the scene, and the scene's frames.

    Made when first asked for, then kept.
    """

    @cache
    def inside() -> tuple[Inside, Pair]:
        pair = scene_pair()
        with torch.no_grad(), fast():
            return run(default_model(), pair.frame0, pair.frame1), pair

    return inside


def moved_pair(picture: Picture, motion: Motion = OWN_MOTION) -> Pair:
    """A picture and the same one shifted, turned and zoomed about its middle.

    What comes in from outside is the picture's mirror image.

    >>> pair = moved_pair(torch.rand(3, 8, 12), Motion(dx=2))
    >>> torch.allclose(pair.frame1[..., 2:], pair.frame0[..., :-2], atol=1e-5)
    True
    """
    h, w = picture.shape[1:]
    here = coordinates((h, w), dtype=torch.float64)
    middle = torch.tensor([(w - 1) / 2, (h - 1) / 2], dtype=torch.float64)
    cos, sin = math.cos(math.radians(motion.turn)), math.sin(math.radians(motion.turn))
    matrix = motion.zoom * torch.tensor([[cos, -sin], [sin, cos]], dtype=torch.float64)
    shift = torch.tensor([motion.dx, motion.dy], dtype=torch.float64)
    there = (here - middle) @ matrix.T + middle + shift
    back = (here - middle - shift) @ torch.linalg.inv(matrix).T + middle
    sides = torch.tensor([w, h])
    frame1 = functional.grid_sample(
        picture[None],
        ((2 * back + 1) / sides - 1).to(picture.dtype)[None],
        padding_mode="reflection",
        align_corners=False,
    )
    flow = (there - here).permute(2, 0, 1)[None].float()
    hidden = ((there < 0) | (there > sides - 1)).any(-1)[None]
    return Pair(picture[None], frame1, flow, hidden)


def take(model: Any, *frames: Float[Tensor, "1 3 h w"]) -> list[Float[Tensor, "1 c h w"]]:
    """Frames as the model wants them: 0 to 255, gray where it has learned on gray."""
    config = getattr(model, "config", None)
    gray = getattr(config, "in_channels", 3) == 1
    return [prepare(x.mean(1, keepdim=True) if gray else x, model) for x in frames]


class PairExplorer(ModelExplorer):
    """A view with two frames and a model of optical flow.

    `explore(NAME, frames=(a, b))` shows two pictures of your own: files or tensors (3, h, w).
    """

    takes_frames = True
    takes_camera = True
    pair: Pair

    def __init__(
        self,
        picture: Any = None,
        *,
        frames: tuple[Any, Any] | None = None,
        model: nn.Module | None = None,
        **settings: Any,
    ) -> None:
        self.frames = frames
        self.first_frames: tuple[Any, ...] = ()  # those of the start, while others are shown
        super().__init__(picture, model=model, **settings)

    @property
    def size(self) -> Size:
        """Height and width of the frames."""
        return self.maths.PICTURE_SIZE

    def take_picture(self, source: Tensor | bytes | str | Path | None) -> None:
        self.pair = self.pair_of(source)
        self.kept = {}
        self.picture = self.pair.frame0[0]
        self.pixels = pack(as_bytes(self.picture))

    def pair_of(self, source: Any) -> Pair:
        """The frames for a picture of the learner's, or for none."""
        if source is not None:
            return moved_pair(picture_of(source, size=self.size))
        if self.frames is None:
            return self.scene()
        first, second = (picture_of(frame, size=self.size) for frame in self.frames)
        return Pair(first[None], second[None])

    def _asked(self, widget: Any, message: dict[str, Any], buffers: Any) -> None:
        """Two frames from the page; "scene" goes back to those of the start."""
        if message.get("do") == "frames":
            first, second = (picture_of(bytes(buffer), size=self.size) for buffer in buffers)
            self.first_frames, self.frames = self.first_frames or (self.frames,), (first, second)
            self.take_picture(None)
            self.refresh()
            return
        if message.get("do") == "scene" and self.first_frames:
            (self.frames,), self.first_frames = self.first_frames, ()
        super()._asked(widget, message, buffers)

    def scene(self) -> Pair:
        """The frames where the learner gives none."""
        return scene_pair(self.size)

    def forget(self) -> None:
        super().forget()
        self.frames = None
        del self.pair

    def inputs(self) -> list[Tensor]:
        return [self.pair.frame0, self.pair.frame1]

    def result(self, device: str | None = None) -> Any:
        check_settings(self.settings)
        return self.maths.compute(self.settings, self.inside(device or self.device), self.pair)

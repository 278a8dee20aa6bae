"""Shapes World: endless scenes with every ground truth, for all five models."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from utils.errors import ConfigError
from utils.world.config import WorldConfig
from utils.world.dice import seed_of
from utils.world.render import exact_flow, paint
from utils.world.scenes import Scenes, draw_scenes


@dataclass(frozen=True)
class Batch:
    """Two frames and everything that is known about them.

    **Units** colors in [0, 1]; flow in pixels, (x, y), from frame 0 to frame 1. `segmentation` is
    0 for the background and class + 1 for a shape; `instance` is 0 for the background and counts
    shapes from the lowest; `instance1` is the same for frame 1. `occluded` and `out_of_frame` mark
    pixels of frame 0 that frame 1 does not show; `subject` where frame 0 shows the subject.
    """

    frame0: Float[Tensor, "b rgb h w"]
    frame1: Float[Tensor, "b rgb h w"]
    flow: Float[Tensor, "b 2 h w"]
    occluded: Bool[Tensor, "b h w"]
    out_of_frame: Bool[Tensor, "b h w"]
    label: Int[Tensor, "b"]
    segmentation: Int[Tensor, "b h w"]
    subject: Bool[Tensor, "b h w"]
    instance: Int[Tensor, "b h w"]
    instance1: Int[Tensor, "b h w"]


class ShapesWorld:
    """One split of the world; every index is one scene, the same on every machine and in any batch.

    >>> world = ShapesWorld(split="train")
    >>> picture, label = world.pictures(range(2))
    >>> picture.shape, label.shape
    (torch.Size([2, 3, 96, 96]), torch.Size([2]))
    """

    def __init__(
        self,
        config: WorldConfig | None = None,
        *,
        split: str = "train",
        device: torch.device | str = "cpu",
    ) -> None:
        self.config, self.split = WorldConfig() if config is None else config, split
        seed_of(split, 0)  # a wrong split is said here, not at the first batch
        if not isinstance(self.config, WorldConfig):
            raise ConfigError(
                f"a {type(config).__name__} came for the settings",
                allowed="settings are a WorldConfig",
                mend="WorldConfig(size=(64, 64)), for example",
            )
        try:
            self.device = torch.device(device)
        except (RuntimeError, TypeError, ValueError) as error:
            raise ConfigError(
                f"the device {str(device)[:40]!r} came",
                allowed="a device is cpu, cuda or mps, where the machine has it",
                mend='leave it out to get "cpu"',
            ) from error

    def scenes(self, indices: Iterable[int]) -> Scenes:
        """What is in the scenes, before anything is painted."""
        return draw_scenes(self.config, self.split, [int(i) for i in indices]).to(self.device)

    def pictures(
        self, indices: Iterable[int]
    ) -> tuple[Float[Tensor, "b rgb h w"], Int[Tensor, "b"]]:
        """First frames and their classes: the cheap way for a classifier."""
        scenes = self.scenes(indices)
        frame, _ = paint(scenes, size=self.config.size)
        return frame, _label(scenes)

    def batch(self, indices: Iterable[int]) -> Batch:
        """Everything: two frames, flow, masks and labels."""
        return render(self.scenes(indices), size=self.config.size)


def render(scenes: Scenes, *, size: tuple[int, int]) -> Batch:
    """Two frames of the scenes with every ground truth."""
    frame0, instance0 = paint(scenes, size=size)
    frame1, instance1 = paint(scenes, size=size, second=True)
    flow, occluded, out = exact_flow(scenes, instance0)
    return Batch(
        frame0=frame0,
        frame1=frame1,
        flow=flow,
        occluded=occluded,
        out_of_frame=out,
        label=_label(scenes),
        segmentation=_segmentation(scenes, instance0),
        subject=instance0 == (scenes.subject + 1)[:, None, None],
        instance=instance0,
        instance1=instance1,
    )


def _label(scenes: Scenes) -> Int[Tensor, "b"]:
    return scenes.label.gather(1, scenes.subject[:, None]).squeeze(1)


def _segmentation(scenes: Scenes, instance: Int[Tensor, "b h w"]) -> Int[Tensor, "b h w"]:
    classes = torch.cat([torch.zeros_like(scenes.label[:, :1]), scenes.label + 1], 1)
    return classes.gather(1, instance.flatten(1)).reshape(instance.shape)

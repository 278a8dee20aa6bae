"""Where things are: a pose takes own coordinates (u, v) to pixels (x, y)."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Poses:
    """Places of many things.

    **Units** centers (x, y) and scales in pixels, angles in radians (positive turns x toward y,
    clockwise on the screen). Pixel centers have whole-number coordinates; the first is (0, 0).
    """

    center: Float[Tensor, "*s 2"]
    angle: Float[Tensor, "*s"]
    scale: Float[Tensor, "*s"]

    def to_picture(self) -> Float[Tensor, "*s 2 3"]:
        """Matrices that take own coordinates (u, v, 1) to pixels (x, y)."""
        cos, sin = self.angle.cos() * self.scale, self.angle.sin() * self.scale
        turn = torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2)
        return torch.cat([turn, self.center[..., None]], -1)

    def to_own(self) -> Float[Tensor, "*s 2 3"]:
        """Matrices that take pixels (x, y, 1) to own coordinates (u, v)."""
        cos, sin = self.angle.cos() / self.scale, self.angle.sin() / self.scale
        turn = torch.stack([torch.stack([cos, sin], -1), torch.stack([-sin, cos], -1)], -2)
        return torch.cat([turn, -(turn @ self.center[..., None])], -1)

    def moved(
        self, *, shift: Float[Tensor, "*s 2"], turn: Float[Tensor, "*s"], zoom: Float[Tensor, "*s"]
    ) -> "Poses":
        """The poses after a shift in pixels, a turn in radians and a growth by the factor zoom."""
        return Poses(self.center + shift, self.angle + turn, self.scale * zoom)

    def to(self, device: torch.device) -> "Poses":
        return Poses(*(t.to(device) for t in (self.center, self.angle, self.scale)))


def follow(start: Poses, end: Poses) -> Float[Tensor, "*s 2 3"]:
    """Matrices that take a pixel (x, y, 1) on a thing at `start` to where that point is at `end`.

    >>> one = Poses(torch.tensor([[4.0, 5.0]]), torch.zeros(1), torch.ones(1))
    >>> shift = torch.tensor([[2.0, -1.0]])
    >>> follow(one, one.moved(shift=shift, turn=torch.zeros(1), zoom=torch.ones(1)))
    tensor([[[ 1.,  0.,  2.],
             [ 0.,  1., -1.]]])
    """
    back = start.to_own()
    bottom = torch.tensor([0.0, 0.0, 1.0], device=back.device, dtype=back.dtype)
    return end.to_picture() @ torch.cat([back, bottom.expand(*back.shape[:-2], 1, 3)], -2)

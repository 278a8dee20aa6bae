"""The course's scene drawn densely, so that it can be exported: a motion in, two frames out.

The world's own renderer asks each shape only about the pixels near it, which no static graph can
do. Here every shape is asked about every pixel, by the same formulas.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from utils.explorers.pair import SIZE
from utils.world import shapes
from utils.world.config import WorldConfig
from utils.world.poses import Poses, follow
from utils.world.scene import SHOWN
from utils.world.scenes import draw_scenes
from utils.world.textures import press, stripes

Plane = Float[Tensor, "h w"]


@dataclass(frozen=True)
class Surface:
    """One texture: its waves, its two colors, how hard its edges are."""

    waves: Float[Tensor, "k three"]
    colors: Float[Tensor, "two rgb"]
    sharpness: Float[Tensor, ""]

    def at(self, u: Plane, v: Plane) -> Float[Tensor, "rgb h w"]:
        """Its colors at own coordinates."""
        total = torch.zeros_like(u)
        for fu, fv, phase in self.waves.unbind(0):
            total = total + torch.sin(fu * u + fv * v + phase)
        first, second = self.colors[:, :, None, None].unbind(0)
        return torch.lerp(first, second, press(total, self.sharpness)[None])


class DenseWorld(nn.Module):
    """(dx, dy, turn in degrees, zoom) -> frame 0, frame 1, flow, what frame 1 does not show."""

    structure: Any
    names = ("frame0", "frame1", "flow", "hidden")

    def __init__(self, moves: Literal["subject", "all"], size: tuple[int, int] = SIZE) -> None:
        super().__init__()
        self.size, self.moves = size, moves
        config = WorldConfig(size=size, max_motion=16 * min(size) / 96)
        drawn = draw_scenes(config, "show", [SHOWN[0]])
        self.scene = drawn
        self.count = drawn.label.shape[1]
        self.subject = int(drawn.subject[0])
        self.part = [int(kind) for kind in shapes.split_label(drawn.label[0])[0]]
        background, surfaces = drawn.background, drawn.surfaces
        self.ground = Surface(background.waves[0], background.colors[0], background.sharpness[0])
        self.surfaces = [
            Surface(surfaces.waves[0, k], surfaces.colors[0, k], surfaces.sharpness[0, k])
            for k in range(self.count)
        ]
        h, w = size
        self.y, self.x = (
            t.float() for t in torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
        )
        self.structure = {name: {"tensor": name} for name in self.names}

    def forward(self, dx: Tensor, dy: Tensor, turn: Tensor, zoom: Tensor) -> tuple[Tensor, ...]:
        """Both frames, the exact flow and what is hidden or leaves, as the world would say."""
        first = self._poses()
        second = self._moved(first, torch.stack([dx, dy]), turn * (math.pi / 180), zoom)
        frame0, owner = self._paint(first)
        frame1, _ = self._paint(second)
        there = self._carried(first, second, owner)
        flow = torch.stack([there[0] - self.x, there[1] - self.y])
        return (
            frame0[None],
            frame1[None],
            flow[None],
            self._hidden(second, owner, there)[None].float(),
        )

    def _poses(self) -> list[Poses]:
        """The background, then the shapes from the lowest to the highest."""
        ground, poses = self.scene.background0, self.scene.poses0
        places = [Poses(ground.center[0], ground.angle[0], ground.scale[0])]
        return places + [
            Poses(poses.center[0, k], poses.angle[0, k], poses.scale[0, k])
            for k in range(self.count)
        ]

    def _moved(self, poses: list[Poses], shift: Tensor, turn: Tensor, zoom: Tensor) -> list[Poses]:
        if self.moves == "subject":
            mine = 1 + self.subject
            moved = poses[mine].moved(shift=shift, turn=turn, zoom=zoom)
            return [*poses[:mine], moved, *poses[mine + 1 :]]
        h, w = self.size
        middle = torch.tensor([(w - 1) / 2, (h - 1) / 2])

        def carry(pose: Poses) -> Poses:
            x, y = (pose.center - middle).unbind(-1)
            cos, sin = torch.cos(turn), torch.sin(turn)
            turned = torch.stack([x * cos - y * sin, x * sin + y * cos])
            return Poses(middle + zoom * turned + shift, pose.angle + turn, pose.scale * zoom)

        return [carry(pose) for pose in poses]

    def _own(self, pose: Poses, x: Plane, y: Plane) -> tuple[Plane, Plane]:
        (ux, uy, u0), (vx, vy, v0) = (row.unbind(-1) for row in pose.to_own().unbind(-2))
        return ux * x + uy * y + u0, vx * x + vy * y + v0

    def _distance(self, k: int, u: Plane, v: Plane) -> Plane:
        """Signed distance to shape k, in its own units."""
        top, bottom = (places[0, k].expand_as(u) for places in (self.scene.top, self.scene.bottom))
        return shapes.signed_distance(u, v, part=self.part[k], top=top, bottom=bottom)

    def _paint(self, poses: list[Poses]) -> tuple[Float[Tensor, "rgb h w"], Tensor]:
        """As a painter does, from the lowest to the highest."""
        picture = self.ground.at(*self._own(poses[0], self.x, self.y))
        owner = torch.zeros(self.size, dtype=torch.int64)
        for k, pose in enumerate(poses[1:]):
            u, v = self._own(pose, self.x, self.y)
            inside = self._distance(k, u, v) * pose.scale
            edge = (0.5 + inside + shapes.OUTLINE * pose.scale).clamp(0, 1)
            color = torch.lerp(self.surfaces[k].at(u, v), self._outline(k, u, v), edge[None])
            picture = torch.lerp(picture, color, (0.5 - inside).clamp(0, 1)[None])
            owner = torch.where(inside < 0, k + 1, owner)
        return picture, owner

    def _outline(self, k: int, u: Plane, v: Plane) -> Float[Tensor, "rgb h w"]:
        """The color along the edge: stripes on the subject."""
        if k != self.subject:
            return self.scene.outline[0, k][:, None, None].expand(3, *self.size)
        phase = self.scene.stripe_phase[0, k].expand(u.numel(), 2)
        return stripes(u.flatten(), v.flatten(), phase).reshape(self.size).expand(3, -1, -1)

    def _carried(
        self, first: list[Poses], second: list[Poses], owner: Tensor
    ) -> tuple[Plane, Plane]:
        """Where each pixel's point is in frame 1."""
        x, y = self.x, self.y
        there_x, there_y = torch.zeros(self.size), torch.zeros(self.size)
        for k, (start, end) in enumerate(zip(first, second, strict=True)):
            (xx, xy, x0), (yx, yy, y0) = (row.unbind(-1) for row in follow(start, end).unbind(-2))
            there_x = torch.where(owner == k, xx * x + xy * y + x0, there_x)
            there_y = torch.where(owner == k, yx * x + yy * y + y0, there_y)
        return there_x, there_y

    def _hidden(self, second: list[Poses], owner: Tensor, there: tuple[Plane, Plane]) -> Tensor:
        h, w = self.size
        x, y = there
        hidden = (x < 0) | (y < 0) | (x > w - 1) | (y > h - 1)
        for k, pose in enumerate(second[1:]):
            hidden = hidden | ((owner <= k) & (self._distance(k, *self._own(pose, x, y)) < 0))
        return hidden

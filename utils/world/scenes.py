"""What is in a scene: everything random is drawn here, on the CPU, before a pixel is painted."""

import math
from dataclasses import dataclass, fields

import torch
from einops import rearrange, repeat
from jaxtyping import Bool, Float, Int
from torch import Tensor

from utils.world import shapes
from utils.world.config import WorldConfig
from utils.world.dice import Dice, roll
from utils.world.photo_textures import TEXTURE_NAMES
from utils.world.poses import Poses
from utils.world.textures import BACKGROUND_WAVES, SHAPE_WAVES, Surfaces, draw_surfaces

ROLLS = 768  # random numbers per scene, more than any setting needs
CANDIDATES = 8  # places tried for each distractor
MAY_HIDE = 0.25  # of the subject; the promise is 0.30, the rest is room for the coarse sample
BACKGROUND_SCALE = 0.3  # of the shorter side: one unit of the background's texture
CALM = 0.25  # the background turns and zooms by this part of what the shapes do


@dataclass(frozen=True)
class Scenes:
    """A batch of scenes; shapes stand in painting order, the lowest first."""

    label: Int[Tensor, "b n"]
    top: Float[Tensor, "b n"]
    bottom: Float[Tensor, "b n"]
    subject: Int[Tensor, "b"]  # which of the n is the subject
    poses0: Poses
    poses1: Poses
    surfaces: Surfaces
    stripe_phase: Float[Tensor, "b n 2"]
    outline: Float[Tensor, "b n rgb"]  # of the others; the subject's is striped
    background0: Poses
    background1: Poses
    background: Surfaces
    photograph: Int[Tensor, "b"]  # which one the background shows; −1 for none
    photograph_place: Float[Tensor, "b 2"]

    def to(self, device: torch.device) -> "Scenes":
        return Scenes(*(getattr(self, field.name).to(device) for field in fields(self)))


def draw_scenes(config: WorldConfig, split: str, indices: list[int]) -> Scenes:
    """The scenes of these indices; the same whatever else is in the batch."""
    dice = Dice(roll(split, indices, count=ROLLS))
    n = 1 + config.distractors[1]
    short = min(config.size)
    label = dice.uniform(0, len(shapes.CLASSES), n).long()
    top, bottom = shapes.part_places(label, dice.uniform(0, 1, n))
    tilt = math.radians(config.tilt)
    angle = dice.uniform(-tilt, tilt, n)
    scale = short * torch.cat(
        [
            dice.uniform(*config.subject_scale, 1),
            dice.uniform(*config.distractor_scale, n - 1),
        ],
        dim=1,
    )
    subject = _place_subject(dice, config, angle[:, 0], scale[:, 0])
    center, layer = _place_distractors(
        dice,
        config,
        Poses(subject, angle[:, 0], scale[:, 0]),
        top[:, 0],
        bottom[:, 0],
        angle[:, 1:],
        scale[:, 1:],
    )
    poses0 = Poses(torch.cat([subject[:, None], center], 1), angle, scale)
    surfaces = draw_surfaces(dice, n, waves=SHAPE_WAVES, lengths=(0.25, 1.2), vivid=True)
    stripe_phase = dice.uniform(0, 2 * math.pi, n, 2)
    outline = dice.uniform(0.0, 0.25, n, 3)
    background = draw_surfaces(dice, waves=BACKGROUND_WAVES, lengths=(0.25, 3.0), vivid=False)
    h, w = config.size
    background0 = Poses(
        torch.tensor([(w - 1) / 2, (h - 1) / 2]).expand(len(indices), 2),
        torch.zeros(len(indices)),
        torch.full((len(indices),), BACKGROUND_SCALE * short),
    )
    order = layer.argsort(dim=1)
    poses0 = Poses(*(_reorder(t, order) for t in (poses0.center, poses0.angle, poses0.scale)))
    poses1 = _move(dice, config, poses0, n)
    background1 = _move(dice, config, background0, calm=CALM)
    shows = dice.uniform(0, 1) < config.photographs
    photograph = torch.where(shows, dice.uniform(0, len(TEXTURE_NAMES)).long(), -1)
    return Scenes(
        label=_reorder(label, order),
        top=_reorder(top, order),
        bottom=_reorder(bottom, order),
        subject=(order == 0).int().argmax(dim=1),
        poses0=poses0,
        poses1=poses1,
        surfaces=Surfaces(
            _reorder(surfaces.colors, order),
            _reorder(surfaces.waves, order),
            _reorder(surfaces.sharpness, order),
        ),
        stripe_phase=_reorder(stripe_phase, order),
        outline=_reorder(outline, order),
        background0=background0,
        background1=background1,
        background=background,
        photograph=photograph,
        photograph_place=dice.uniform(0, 1, 2),
    )


def _reorder(values: Tensor, order: Int[Tensor, "b n"]) -> Tensor:
    batch = torch.arange(len(order))[:, None]
    return values[batch, order]


def _move(dice: Dice, config: WorldConfig, poses: Poses, *shape: int, calm: float = 1.0) -> Poses:
    """The poses of the second frame."""
    direction = dice.uniform(0, 2 * math.pi, *shape)
    length = dice.uniform(0, config.max_motion, *shape)
    turn = math.radians(config.max_turn) * calm
    grow = math.log(config.max_zoom) * calm
    return poses.moved(
        shift=torch.stack([direction.cos() * length, direction.sin() * length], -1),
        turn=dice.uniform(-turn, turn, *shape),
        zoom=dice.uniform(-grow, grow, *shape).exp(),
    )


def _place_subject(
    dice: Dice, config: WorldConfig, angle: Float[Tensor, "b"], scale: Float[Tensor, "b"]
) -> Float[Tensor, "b 2"]:
    """A center at which the whole subject is inside the first frame."""
    cos, sin = angle.cos().abs() * scale, angle.sin().abs() * scale
    reach_x = cos * shapes.EXTENT_U + sin * shapes.EXTENT_V
    reach_y = sin * shapes.EXTENT_U + cos * shapes.EXTENT_V
    h, w = config.size
    x = reach_x + dice.uniform(0, 1) * (w - 1 - 2 * reach_x)
    y = reach_y + dice.uniform(0, 1) * (h - 1 - 2 * reach_y)
    return torch.stack([x, y], -1)


def _place_distractors(
    dice: Dice,
    config: WorldConfig,
    subject: Poses,
    top: Float[Tensor, "b"],
    bottom: Float[Tensor, "b"],
    angle: Float[Tensor, "b n"],
    scale: Float[Tensor, "b n"],
) -> tuple[Float[Tensor, "b n 2"], Float[Tensor, "b n+1"]]:
    """Centers of the distractors, and the heights of all (the subject is number 0, at height 0).

    A distractor above the subject hides neither of its parts, and all together hide little of it.
    """
    b, n = angle.shape
    h, w = config.size
    low, high = config.distractors
    how_many = low + (dice.uniform(0, 1) * (high - low + 1)).long()
    body, parts = _sample_points(subject, top, bottom)
    room = torch.full((b,), MAY_HIDE)
    centers: list[Tensor] = []
    heights = [torch.zeros(b)]
    every = torch.arange(b)
    for i in range(n):
        tries = dice.uniform(0, 1, CANDIDATES, 2) * torch.tensor([w - 1.0, h - 1.0])
        pose = Poses(
            tries,
            repeat(angle[:, i], "b -> b k", k=CANDIDATES),
            repeat(scale[:, i], "b -> b k", k=CANDIDATES),
        )
        hides = _covers(pose, body).float().mean(-1)
        above = (hides <= room[:, None]) & ~_covers(pose, parts).any(-1)
        wish = dice.uniform(0, 1) < 0.6
        over = wish & above.any(1)
        # Below the subject any place will do, but one under its very middle would never be seen.
        good = torch.where(over[:, None], above, hides < 0.35).float() * 100
        for j, other in enumerate(centers):
            gap = (tries - other[:, None]).norm(dim=-1) / (scale[:, i] + scale[:, j])[:, None]
            good = good + gap.clamp(max=0.9)
        # Shapes that overlap are more interesting than shapes that do not.
        good = good + torch.where(over[:, None], 0.5 * (hides > 0.02), 0.0)
        best = good.argmax(1)
        present = i < how_many
        centers.append(torch.where(present[:, None], tries[every, best], -100.0 * max(h, w)))
        room = room - torch.where(over & present, hides[every, best], 0.0)
        heights.append(torch.where(over, i + 1.0, i - 1.0 - n))
    layer = torch.stack(heights, 1)
    return (torch.stack(centers, 1) if n else torch.zeros(b, 0, 2)), layer


def _sample_points(
    subject: Poses, top: Float[Tensor, "b"], bottom: Float[Tensor, "b"]
) -> tuple[Float[Tensor, "b p 2"], Float[Tensor, "b q 2"]]:
    """Pixels spread over the subject's bar, and pixels in and around its two parts."""
    u = torch.linspace(-shapes.HALF_LENGTH, shapes.HALF_LENGTH, 15)
    v = torch.linspace(-shapes.HALF_HEIGHT, shapes.HALF_HEIGHT, 7)
    body = torch.stack(torch.meshgrid(u, v, indexing="ij"), -1).reshape(1, -1, 2)
    around = torch.linspace(-0.36, 0.36, 5)  # a little more than any part's reach
    spot = torch.stack(torch.meshgrid(around, around, indexing="ij"), -1).reshape(1, -1, 2)
    height = torch.full_like(top, shapes.HALF_HEIGHT)
    parts = torch.cat(
        [
            spot + torch.stack([top, -height], -1)[:, None],
            spot + torch.stack([bottom, height], -1)[:, None],
        ],
        dim=1,
    )
    place = subject.to_picture()
    return _apply(place, body.expand(len(top), -1, -1)), _apply(place, parts)


def _covers(pose: Poses, points: Float[Tensor, "b p 2"]) -> Bool[Tensor, "b k p"]:
    """Does the box around a shape, at each pose, cover each point?"""
    own = _apply(pose.to_own(), rearrange(points, "b p two -> b 1 p two"))
    inside = own.abs() < torch.tensor([shapes.EXTENT_U, shapes.EXTENT_V])
    return inside.all(-1)


def _apply(matrix: Float[Tensor, "*s 2 3"], points: Float[Tensor, "*#s p 2"]) -> Tensor:
    return points @ matrix[..., :2].transpose(-1, -2) + matrix[..., None, :, 2]

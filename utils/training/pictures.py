"""Pictures to classify, painted when first asked for, and turned over so that none is seen twice.

Shapes World is painted about as fast as the nano model learns. So a run paints a pool once and
shows each picture in new clothes: mirrored (which makes a rising shape a falling one) and with its
color channels exchanged (color says nothing about the class).
"""

from itertools import permutations

import torch
from einops import repeat
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from utils.errors import ConfigError
from utils.world import ARRANGEMENTS, PARTS, ShapesWorld, WorldConfig
from utils.world.render import paint
from utils.world.scenes import Scenes
from utils.world.shapes import HALF_HEIGHT

CELL = 4  # pixels; the part map has one cell per patch of the model
PART_MIDDLE = HALF_HEIGHT + 0.08  # of the part, from the middle of the bar
PART_RADIUS = 4.5  # pixels around a part's middle that count as the part
CHANNEL_ORDERS = torch.tensor(list(permutations(range(3))))
MANY = 1_000_003  # seeds of one run lie between those of the next


class PicturePool:
    """`count` scenes of one split; a batch is made from its step alone.

    >>> pool = PicturePool(WorldConfig(size=(32, 32)), count=8)
    >>> [tuple(part.shape) for part in pool.batch(0, batch_size=2, seed=0)]
    [(2, 3, 32, 32), (2,), (2, 32, 32), (2, 8, 8)]
    """

    def __init__(self, config: WorldConfig, *, count: int, split: str = "train") -> None:
        h, w = config.size
        if h % CELL or w % CELL:
            raise ConfigError(
                f"the size {config.size} came",
                allowed=f"both sides of a training picture are multiples of {CELL}",
                mend=f"use {(h // CELL * CELL, w // CELL * CELL)}",
            )
        self.world, self.count = ShapesWorld(config, split=split), count
        self.painted = torch.zeros(count, dtype=torch.bool)
        self.picture = torch.zeros(count, 3, h, w, dtype=torch.uint8)
        self.label = torch.zeros(count, dtype=torch.int64)
        self.subject = torch.zeros(count, h, w, dtype=torch.bool)
        self.parts = torch.zeros(count, h // CELL, w // CELL, dtype=torch.uint8)

    def batch(
        self, step: int, *, batch_size: int, seed: int
    ) -> tuple[
        Float[Tensor, "b rgb h w"], Int[Tensor, "b"], Bool[Tensor, "b h w"], Int[Tensor, "b gh gw"]
    ]:
        """Pictures in [0, 1], classes, where the subject is seen, and its parts (`part_map`)."""
        epoch, place = divmod(step, max(1, self.count // batch_size))
        dice = torch.Generator().manual_seed(seed * MANY + epoch)
        order = torch.randperm(self.count, generator=dice)
        chosen = order[place * batch_size : (place + 1) * batch_size]
        self.paint(chosen[~self.painted[chosen]])
        dice.manual_seed(2**40 + seed * MANY + step)
        turn = torch.randint(4, (len(chosen),), generator=dice)
        channels = CHANNEL_ORDERS[torch.randint(6, (len(chosen),), generator=dice)]
        h, w = self.picture.shape[2:]
        picture = self.picture[chosen].gather(1, repeat(channels, "b rgb -> b rgb h w", h=h, w=w))
        return turn_over(
            picture.float() / 255,
            self.label[chosen],
            self.subject[chosen],
            self.parts[chosen].long(),
            sideways=turn % 2 == 1,
            upside_down=turn // 2 == 1,
        )

    def paint(self, indices: Int[Tensor, "p"]) -> None:
        """Paint the scenes with these indices into the pool."""
        if not len(indices):
            return
        scenes, size = self.world.scenes(indices.tolist()), self.world.config.size
        picture, instance = paint(scenes, size=size)
        self.picture[indices] = (picture * 255).round().to(torch.uint8)
        self.label[indices] = scenes.label.gather(1, scenes.subject[:, None]).squeeze(1)
        self.subject[indices] = instance == (scenes.subject + 1)[:, None, None]
        self.parts[indices] = part_map(scenes, size=size)
        self.painted[indices] = True


def part_map(scenes: Scenes, *, size: tuple[int, int]) -> UInt8[Tensor, "b gh gw"]:
    """The subject's two parts: 0 nothing, 1 to 4 the top part's kind, 5 to 8 the bottom's.

    **Units** one cell is CELL pixels wide.
    """
    every, subject = torch.arange(len(scenes.label)), scenes.subject
    to_picture = scenes.poses0.to_picture()[every, subject]
    kind = scenes.label[every, subject] // len(ARRANGEMENTS)
    y, x = (torch.arange(side // CELL) * CELL + (CELL - 1) / 2 for side in size)
    cells = torch.zeros(len(every), len(y), len(x), dtype=torch.uint8)
    ends = ((scenes.top, -PART_MIDDLE), (scenes.bottom, PART_MIDDLE))
    for first, (place, height) in zip((1, 1 + len(PARTS)), ends, strict=True):
        u = place[every, subject]
        own = torch.stack([u, torch.full_like(u, height), torch.ones_like(u)], -1)
        center = torch.einsum("b i j, b j -> b i", to_picture, own)
        dx, dy = x - center[:, :1], y - center[:, 1:]
        near = dx[:, None, :] ** 2 + dy[:, :, None] ** 2 < PART_RADIUS**2
        cells = torch.where(near, (first + kind)[:, None, None].to(torch.uint8), cells)
    return cells


def turn_over(
    picture: Float[Tensor, "b rgb h w"],
    label: Int[Tensor, "b"],
    subject: Bool[Tensor, "b h w"],
    parts: Int[Tensor, "b gh gw"],
    *,
    sideways: Bool[Tensor, "b"],
    upside_down: Bool[Tensor, "b"],
) -> tuple[
    Float[Tensor, "b rgb h w"], Int[Tensor, "b"], Bool[Tensor, "b h w"], Int[Tensor, "b gh gw"]
]:
    """Mirror the chosen pictures; one mirror turns rising into falling, two leave the class."""
    swapped = torch.where(parts > 0, (parts + len(PARTS) - 1) % (2 * len(PARTS)) + 1, 0)
    parts = torch.where(upside_down[:, None, None], swapped, parts)
    for axis, chosen in ((-1, sideways), (-2, upside_down)):
        cells = chosen[:, None, None]
        picture = torch.where(cells[..., None], picture.flip(axis), picture)
        subject = torch.where(cells, subject.flip(axis), subject)
        parts = torch.where(cells, parts.flip(axis), parts)
    arrangement = label % len(ARRANGEMENTS)
    other = label - arrangement + (len(ARRANGEMENTS) - arrangement)  # 1 and 2 change places
    changed = (sideways ^ upside_down) & (arrangement > 0)
    return picture, torch.where(changed, other, label), subject, parts

"""Photographs moved by a known homography: real texture with exact flow."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from utils.contracts import checked
from utils.errors import ConfigError
from utils.world.photographs import shared_photograph, training_names

JITTER = 1 / 3  # of the common motion: how far each corner strays from it
COARSEST = 2.0  # photograph pixels per frame pixel, at most: finer texture would flicker


@dataclass(frozen=True)
class MovedPair:
    """Two frames of a photograph; **Units** flow in pixels, (x, y), from frame 0 to frame 1."""

    frame0: Float[Tensor, "b rgb h w"]
    frame1: Float[Tensor, "b rgb h w"]
    flow: Float[Tensor, "b 2 h w"]
    out_of_frame: Bool[Tensor, "b h w"]


def join_pairs(pairs: Iterable[MovedPair]) -> MovedPair:
    """Many batches of pairs as one."""
    every = [] if isinstance(pairs, Tensor) or not isinstance(pairs, Iterable) else list(pairs)
    if not every or not all(isinstance(pair, MovedPair) for pair in every):
        raise ConfigError(
            f"a {type(pairs).__name__} that holds no pairs came",
            allowed="at least one MovedPair",
            mend="moved_photograph makes one",
        )
    names = [field.name for field in fields(MovedPair)]
    return MovedPair(*(torch.cat([getattr(pair, name) for pair in every]) for name in names))


@checked()
def homography(
    corners0: Float[Tensor, "4 2"], corners1: Float[Tensor, "4 2"]
) -> Float[Tensor, "3 3"]:
    """The plane's perspective map that takes four points (x, y) to four others, in float64.

    >>> square = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    >>> homography(square, square + 2).round(decimals=6).tolist()[0]
    [1.0, 0.0, 2.0]
    """
    rows, right = [], []
    for (x, y), (p, q) in zip(corners0.tolist(), corners1.tolist(), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -p * x, -p * y], [0, 0, 0, x, y, 1, -q * x, -q * y]]
        right += [p, q]
    solution = torch.linalg.solve(
        torch.tensor(rows, dtype=torch.float64), torch.tensor(right, dtype=torch.float64)
    )
    return torch.cat([solution, torch.ones(1, dtype=torch.float64)]).reshape(3, 3)


@checked()
def apply_homography(
    matrix: Float[Tensor, "3 3"], points: Float[Tensor, "*s 2"]
) -> Float[Tensor, "*s 2"]:
    """Where the map takes each point (x, y), in the matrix's precision."""
    flat = torch.cat([points, torch.ones_like(points[..., :1])], -1).to(matrix.dtype) @ matrix.T
    return flat[..., :2] / flat[..., 2:]


@checked()
def moved_photograph(
    name: str, *, seed: int, size: tuple[int, int] = (96, 96), motion: float | int = 8.0
) -> MovedPair:
    """A piece of a photograph, and the same piece seen after a random motion.

    All four corners move `motion` pixels in one random direction and then each strays by up to a
    third of that on its own, so the mean flow is close to `motion`; the same seed, the same pair.

    >>> pair = moved_photograph("coffee", seed=0, motion=8.0)
    >>> 5 < float(pair.flow.norm(dim=1).mean()) < 11
    True
    """
    return move_picture(shared_photograph(name), seed=seed, size=size, motion=motion)


@checked()
def moved_training_pairs(
    seeds: list[int],
    *,
    size: tuple[int, int] = (96, 96),
    motion: float | int = 16.0,
    require_all: bool = False,
) -> MovedPair:
    """A batch of pairs from training photographs alone, with motions from 0 to `motion`."""
    names = training_names(require_all=require_all)
    pairs = []
    for seed in seeds:
        pick, part = torch.rand(2, generator=torch.Generator().manual_seed(seed)).tolist()
        name = names[int(pick * len(names))]
        pairs.append(moved_photograph(name, seed=seed, size=size, motion=part * motion))
    return join_pairs(pairs)


@checked()
def move_picture(
    picture: Float[Tensor, "3 tall wide"], *, seed: int, size: tuple[int, int], motion: float | int
) -> MovedPair:
    """Any picture moved by a random homography; see `moved_photograph`."""
    h, w = size
    if not 0 <= motion <= min(h, w) / 2:
        raise ConfigError(
            f"a motion of {motion:g} pixels came for frames of {h}×{w}",
            allowed=f"it lies between 0 and half the shorter side, {min(h, w) / 2:g}",
            mend="choose a smaller motion or larger frames",
        )
    generator = torch.Generator().manual_seed(seed)
    direction, scale, left, top, *stray = torch.rand(12, generator=generator).tolist()
    turn = 2 * math.pi * direction
    corners = torch.tensor([[0, 0], [w - 1, 0], [w - 1, h - 1], [0, h - 1]], dtype=torch.float64)
    shift = motion * torch.tensor([math.cos(turn), math.sin(turn)])
    own = JITTER * motion * (2 * torch.tensor(stray).reshape(4, 2) - 1)
    matrix = homography(corners, corners + shift + own)

    # Room on every side for what moves into the frame; small photographs are shown larger.
    room = motion * (1 + JITTER)
    tall, wide = picture.shape[-2:]
    most = min((wide - 1) / (w - 1 + 2 * room), (tall - 1) / (h - 1 + 2 * room))
    step = min(most, 1 + (COARSEST - 1) * scale)
    x0 = room * step + left * (wide - 1 - step * (w - 1 + 2 * room))
    y0 = room * step + top * (tall - 1 - step * (h - 1 + 2 * room))

    y, x = torch.meshgrid(*(torch.arange(n, dtype=torch.float64) for n in (h, w)), indexing="ij")
    here = torch.stack([x, y], -1)
    there = apply_homography(matrix, here)
    origin = torch.tensor([x0, y0], dtype=torch.float64)
    back = apply_homography(torch.linalg.inv(matrix), here)
    out = (there < 0) | (there > torch.tensor([w - 1, h - 1]))
    frames = _look(picture, origin + step * torch.stack([here, back]), step=step)
    return MovedPair(
        frame0=frames[:1],
        frame1=frames[1:],
        flow=(there - here).permute(2, 0, 1)[None].float(),
        out_of_frame=out.any(-1)[None],
    )


def _look(
    picture: Float[Tensor, "3 tall wide"], points: Float[Tensor, "two h w 2"], *, step: float | int
) -> Float[Tensor, "two 3 h w"]:
    """The picture's colors at points (x, y) between its pixels, smoothed where it is shrunk."""
    tall, wide = picture.shape[-2:]
    margin = math.ceil(3 * step)  # so that smoothing and bicubic weights see no edge of the piece
    left, top = (points.amin((0, 1, 2)).floor().long() - margin).clamp(min=0).tolist()
    right, bottom = (points.amax((0, 1, 2)).ceil().long() + margin + 1).tolist()
    piece = picture[:, top : min(bottom, tall), left : min(right, wide)]
    whole = torch.tensor([piece.shape[-1], piece.shape[-2]], dtype=torch.float64)
    if step > 1:
        small = (max(2, round(piece.shape[-2] / step)), max(2, round(piece.shape[-1] / step)))
        piece = functional.interpolate(piece[None], small, mode="bilinear", antialias=True)[0]
    # With align_corners=False a grid value of -1 is half a pixel before the first pixel's center,
    # in the shrunk piece as in the full one.
    inside = points - torch.tensor([left, top], dtype=torch.float64)
    grid = (2 * (inside + 0.5) / whole - 1).float()
    return functional.grid_sample(
        piece[None].expand(len(grid), -1, -1, -1),
        grid,
        mode="bicubic",
        padding_mode="reflection",
        align_corners=False,
    ).clamp(0, 1)

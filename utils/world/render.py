"""Scenes to pixels: pictures, labels, exact flow and what it cannot see.

Only pixels near a shape are asked about it: their numbers stand in one flat list, sorted by the
kind of part, so that each kind's formula runs once over its stretch of the list.
"""

from dataclasses import dataclass

import torch
from einops import rearrange
from jaxtyping import Bool, Float, Int
from torch import Tensor

from utils.world import shapes
from utils.world.photo_textures import photograph_plane
from utils.world.poses import Poses, follow
from utils.world.scenes import Scenes
from utils.world.textures import Surfaces, color_at, paint_plane, stripes


@dataclass(frozen=True)
class Near:
    """Pairs of a box and a pixel in it: the box's number, the pixel (x, y), and its own (u, v)."""

    box: Int[Tensor, "p"]
    x: Int[Tensor, "p"]
    y: Int[Tensor, "p"]
    u: Float[Tensor, "p"]
    v: Float[Tensor, "p"]


def paint(
    scenes: Scenes, *, size: tuple[int, int], second: bool = False
) -> tuple[Float[Tensor, "b rgb h w"], Int[Tensor, "b h w"]]:
    """A frame, and what is seen at each pixel: 0 the background, 1 the lowest shape, and so on."""
    poses = scenes.poses1 if second else scenes.poses0
    ground = scenes.background1 if second else scenes.background0
    (b, n), (h, w) = scenes.label.shape, size
    picture = _paint_ground(scenes, ground.to_own(), size=size).reshape(-1, 3)
    owner = torch.zeros(len(picture), dtype=torch.int64, device=picture.device)
    shape = by_part(scenes)
    near = pixels_near(poses.to_own().flatten(0, 1)[shape], size=size)
    shape = shape[near.box]
    inside = distance(scenes, shape, near) * poses.scale.flatten()[shape]  # in pixels
    color = _colors(scenes, poses, shape, near, inside)
    cover = (0.5 - inside).clamp(0, 1)
    pixel = ((shape // n) * h + near.y) * w + near.x
    for k in range(n):  # from the lowest to the highest, as a painter does
        mine = (shape % n == k).nonzero().squeeze(1)
        at = pixel[mine]
        picture[at] = torch.lerp(picture[at], color[mine], cover[mine, None])
        owner[at[inside[mine] < 0]] = k + 1
    return (
        rearrange(picture, "(b h w) rgb -> b rgb h w", b=b, h=h, w=w).contiguous(),
        rearrange(owner, "(b h w) -> b h w", b=b, h=h, w=w),
    )


def _paint_ground(
    scenes: Scenes, plane: Float[Tensor, "b 2 3"], *, size: tuple[int, int]
) -> Float[Tensor, "b h w rgb"]:
    """The background alone: waves, or a photograph where the scene says so."""
    ground = paint_plane(scenes.background, plane, size=size)
    mine = (scenes.photograph >= 0).nonzero().squeeze(1)
    if len(mine):
        ground[mine] = photograph_plane(
            scenes.photograph[mine],
            scenes.photograph_place[mine],
            scenes.background.colors[mine],
            plane[mine],
            size=size,
        )
    return ground


def by_part(scenes: Scenes) -> Int[Tensor, "s"]:
    """All shapes by flat number (scene · n + place), those with the same part together."""
    part, _ = shapes.split_label(scenes.label.flatten())
    return part.argsort(stable=True)


def pixels_near(own: Float[Tensor, "s 2 3"], *, size: tuple[int, int]) -> Near:
    """All pixels in the box around each shape, found line by line, as an old television would.

    `own` takes pixels (x, y, 1) to the shape's (u, v). On one line of the picture the box is a
    stretch from `first` to `last`; it is grown by a pixel for soft edges.
    """
    h, w = size
    (ux, uy, u0), (vx, vy, v0) = rearrange(own, "s two three -> two three s 1")
    y = torch.arange(h, device=own.device, dtype=own.dtype)
    line_u, line_v = uy * y + u0, vy * y + v0
    rim = torch.hypot(ux, uy)  # one pixel in own units
    first, last = torch.zeros_like(line_u), torch.full_like(line_u, w - 1)
    for slope, start, extent in ((ux, line_u, shapes.EXTENT_U), (vx, line_v, shapes.EXTENT_V)):
        slope = torch.where(slope.abs() < 1e-6, 1e-6, slope)
        middle, half = -start / slope, (extent + rim) / slope.abs()
        first, last = torch.maximum(first, middle - half), torch.minimum(last, middle + half)
    first, last = first.ceil(), last.floor()
    count = (last - first + 1).clamp(min=0).long().flatten()
    # The p-th pair of the whole list is x = first + p − (pairs before this line).
    base = first.flatten().long() - (count.cumsum(0) - count)
    line = torch.repeat_interleave(torch.arange(len(count), device=own.device), count)
    x = base[line] + torch.arange(len(line), device=own.device)
    box = line // h
    u = torch.addcmul(line_u.flatten()[line], ux.flatten()[box], x.to(own.dtype))
    v = torch.addcmul(line_v.flatten()[line], vx.flatten()[box], x.to(own.dtype))
    return Near(box, x, line - box * h, u, v)


def distance(scenes: Scenes, shape: Int[Tensor, "p"], near: Near) -> Float[Tensor, "p"]:
    """Signed distance of each pixel to its shape, in own units; `shape` is sorted by part."""
    part, _ = shapes.split_label(scenes.label.flatten())
    counts = torch.bincount(part[shape], minlength=len(shapes.PARTS)).tolist()
    top, bottom = scenes.top.flatten()[shape], scenes.bottom.flatten()[shape]
    stretches = zip(*(t.split(counts) for t in (near.u, near.v, top, bottom)), strict=True)
    return torch.cat(
        [
            shapes.signed_distance(u, v, part=kind, top=top, bottom=bottom)
            for kind, (u, v, top, bottom) in enumerate(stretches)
        ]
    )


def _colors(
    scenes: Scenes,
    poses: Poses,
    shape: Int[Tensor, "p"],
    near: Near,
    inside: Float[Tensor, "p"],
) -> Float[Tensor, "p rgb"]:
    """The color of each shape at each of its pixels: texture inside, outline along the edge."""
    b, n = scenes.label.shape
    surfaces = Surfaces(
        scenes.surfaces.colors.flatten(0, 1),
        scenes.surfaces.waves.flatten(0, 1),
        scenes.surfaces.sharpness.flatten(),
    )
    color = color_at(surfaces, shape, near.u, near.v)
    line = scenes.outline.flatten(0, 1)[shape]
    striped = torch.zeros(b * n, dtype=torch.bool, device=shape.device)
    striped[torch.arange(b, device=shape.device) * n + scenes.subject] = True
    mine = striped[shape].nonzero().squeeze(1)
    phase = scenes.stripe_phase.flatten(0, 1)[shape[mine]]
    line[mine] = stripes(near.u[mine], near.v[mine], phase)[:, None].expand(-1, 3)
    width = shapes.OUTLINE * poses.scale.flatten()[shape]
    return torch.lerp(color, line, (0.5 + inside + width).clamp(0, 1)[:, None])


def exact_flow(
    scenes: Scenes, owner: Int[Tensor, "b h w"]
) -> tuple[Float[Tensor, "b 2 h w"], Bool[Tensor, "b h w"], Bool[Tensor, "b h w"]]:
    """Where each pixel of the first frame goes, whether it is hidden there, and whether it leaves.

    **Units** pixels, (x, y), from the first frame to the second.
    """
    b, h, w = owner.shape
    ground = follow(scenes.background0, scenes.background1)
    motion = torch.cat([ground[:, None], follow(scenes.poses0, scenes.poses1)], 1)
    here = pixel_grid((h, w), device=owner.device)
    chosen = owner.flatten(1)[..., None].expand(-1, -1, 6)
    mx, my, shift = torch.gather(motion.flatten(2), 1, chosen).reshape(b, h, w, 2, 3).unbind(-1)
    there = mx * here[..., :1] + my * here[..., 1:] + shift
    far = torch.tensor([w - 1, h - 1], device=owner.device)
    out = ((there < 0) | (there > far)).any(-1)
    flow = rearrange(there - here, "b h w two -> b two h w").contiguous()
    return flow, _occluded(scenes, motion, owner), out


def _occluded(
    scenes: Scenes, motion: Float[Tensor, "b things 2 3"], owner: Int[Tensor, "b h w"]
) -> Bool[Tensor, "b h w"]:
    """Pixels whose point lies under a higher shape in the second frame.

    For every shape and everything below it: the pixels of the lower thing, carried along with it,
    seen in the higher shape's own coordinates. Both steps are affine, so they are one matrix.
    """
    (b, n), (_, h, w) = scenes.label.shape, owner.shape
    shape = by_part(scenes)
    low = torch.arange(n, device=shape.device)
    upper, lower = (low <= (shape % n)[:, None]).nonzero(as_tuple=True)
    shape = shape[upper]
    turn, shift = scenes.poses1.to_own().flatten(0, 1)[shape].split([2, 1], -1)
    carried = turn @ motion[shape // n, lower]
    carried = torch.cat([carried[..., :2], carried[..., 2:] + shift], -1)
    near = pixels_near(carried, size=(h, w))
    pixel = ((shape[near.box] // n) * h + near.y) * w + near.x
    mine = (owner.flatten()[pixel] == lower[near.box]).nonzero().squeeze(1)
    near = Near(*(t[mine] for t in (near.box, near.x, near.y, near.u, near.v)))
    hidden = distance(scenes, shape[near.box], near) < 0
    occluded = torch.zeros(owner.numel(), dtype=torch.bool, device=owner.device)
    occluded[pixel[mine][hidden]] = True
    return occluded.reshape(b, h, w)


def pixel_grid(size: tuple[int, int], *, device: torch.device) -> Float[Tensor, "1 h w 2"]:
    """The (x, y) of every pixel."""
    h, w = size
    x = torch.arange(w, device=device, dtype=torch.float32)
    y = torch.arange(h, device=device, dtype=torch.float32)
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)[None]

"""Scenes to pixels: pictures, labels, exact flow and what it cannot see.

Only pixels near a shape are asked about it: their numbers stand in one flat list, sorted by the kind of
part, so that each kind's formula runs once over its stretch of the list.
"""

from dataclasses import dataclass

import torch
from einops import rearrange
from jaxtyping import Bool, Float, Int
from torch import Tensor

from utils.world import shapes
from utils.world.poses import Poses, follow
from utils.world.scenes import Scenes
from utils.world.textures import color_at, paint_plane, stripes


@dataclass(frozen=True)
class Near:
    """Pixels near shapes: for each pair, the shape (flat, b·n), its pixel (flat, b·h·w) and its distance.

    **Units** `inside` is the signed distance in pixels, negative inside the shape.
    """

    shape: Int[Tensor, "p"]
    pixel: Int[Tensor, "p"]
    u: Float[Tensor, "p"]
    v: Float[Tensor, "p"]
    inside: Float[Tensor, "p"]


def paint(
    scenes: Scenes, *, size: tuple[int, int], second: bool = False
) -> tuple[Float[Tensor, "b rgb h w"], Int[Tensor, "b h w"]]:
    """A frame, and the number of the thing seen at each pixel: 0 background, 1 the lowest shape, and so on."""
    poses = scenes.poses1 if second else scenes.poses0
    ground = scenes.background1 if second else scenes.background0
    canvas = paint_plane(scenes.background, ground.to_own(), size=size)
    b, n = scenes.label.shape
    picture = canvas.reshape(-1, 3)
    owner = torch.zeros(len(picture), dtype=torch.int64, device=picture.device)
    near = near_shapes(scenes, poses, pixel_grid(size, device=picture.device))
    color = _colors(scenes, poses, near)
    cover = (0.5 - near.inside).clamp(0, 1)
    place = near.shape % n
    for k in range(n):  # from the lowest to the highest, as a painter does
        mine = (place == k).nonzero().squeeze(1)
        pixel = near.pixel[mine]
        picture[pixel] = torch.lerp(picture[pixel], color[mine], cover[mine, None])
        owner[pixel[near.inside[mine] < 0]] = k + 1
    h, w = size
    return (
        rearrange(picture, "(b h w) rgb -> b rgb h w", b=b, h=h, w=w).contiguous(),
        rearrange(owner, "(b h w) -> b h w", b=b, h=h, w=w),
    )


def pixel_grid(size: tuple[int, int], *, device: torch.device) -> Float[Tensor, "1 h w 2"]:
    """The (x, y) of every pixel."""
    h, w = size
    x = torch.arange(w, device=device, dtype=torch.float32)
    y = torch.arange(h, device=device, dtype=torch.float32)
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)[None]


def near_shapes(scenes: Scenes, poses: Poses, points: Float[Tensor, "b1 h w 2"]) -> Near:
    """All pairs of a shape and a point of the picture within its box (grown by a pixel for soft edges)."""
    b, n = scenes.label.shape
    part, _ = shapes.split_label(scenes.label.reshape(-1))
    order = part.argsort(stable=True)
    own = poses.to_own().reshape(b * n, 2, 3)[order]
    scale = poses.scale.reshape(-1)[order]
    (ux, uy, u0), (vx, vy, v0) = rearrange(own, "s two three -> two three s 1 1")
    x, y = (
        points.expand(b, -1, -1, -1)[order // n].unbind(-1)
        if len(points) > 1
        else points.unbind(-1)
    )
    u = torch.addcmul(u0 + ux * x, uy, y)
    v = torch.addcmul(v0 + vx * x, vy, y)
    rim = rearrange(1 / scale, "s -> s 1 1")
    close = (u.abs() < shapes.EXTENT_U + rim) & (v.abs() < shapes.EXTENT_V + rim)
    found = close.flatten().nonzero().squeeze(1)
    pixels = close[0].numel()
    row = found // pixels
    u, v = u.flatten()[found], v.flatten()[found]
    shape = order[row]
    top, bottom = scenes.top.reshape(-1)[shape], scenes.bottom.reshape(-1)[shape]
    ends = torch.bincount(part[shape], minlength=len(shapes.PARTS)).tolist()
    pieces = [
        shapes.signed_distance(*piece[:2], part=kind, top=piece[2], bottom=piece[3])
        for kind, piece in enumerate(
            zip(*(t.split(ends) for t in (u, v, top, bottom)), strict=True)
        )
    ]
    distance = torch.cat(pieces) * scale[row]
    return Near(shape, (shape // n) * pixels + found % pixels, u, v, distance)


def _colors(scenes: Scenes, poses: Poses, near: Near) -> Float[Tensor, "p rgb"]:
    """The color of each shape at each of its pixels: texture inside, outline along the edge."""
    b, n = scenes.label.shape
    flat = type(scenes.surfaces)(
        scenes.surfaces.colors.flatten(0, 1),
        scenes.surfaces.waves.flatten(0, 1),
        scenes.surfaces.sharpness.flatten(),
    )
    color = color_at(flat, near.shape, near.u, near.v)
    line = scenes.outline.reshape(-1, 3)[near.shape]
    first = torch.arange(b, device=near.shape.device) * n
    striped = torch.zeros(b * n, dtype=torch.bool, device=near.shape.device)
    striped[first + scenes.subject] = True
    mine = striped[near.shape].nonzero().squeeze(1)
    phase = scenes.stripe_phase.reshape(-1, 2)[near.shape[mine]]
    line[mine] = stripes(near.u[mine], near.v[mine], phase)[:, None].expand(-1, 3)
    width = shapes.OUTLINE * poses.scale.reshape(-1)[near.shape]
    on_line = (0.5 + near.inside + width).clamp(0, 1)
    return torch.lerp(color, line, on_line[:, None])


def exact_flow(
    scenes: Scenes, owner: Int[Tensor, "b h w"]
) -> tuple[Float[Tensor, "b 2 h w"], Bool[Tensor, "b h w"], Bool[Tensor, "b h w"]]:
    """Where each pixel of the first frame goes, whether something hides it there, and whether it leaves.

    **Units** pixels, (x, y), from the first frame to the second.
    """
    b, n = scenes.label.shape
    _, h, w = owner.shape
    ground = follow(scenes.background0, scenes.background1)
    motion = torch.cat([ground[:, None], follow(scenes.poses0, scenes.poses1)], 1)
    here = pixel_grid((h, w), device=owner.device)
    own = torch.gather(motion.flatten(2), 1, owner.flatten(1)[..., None].expand(-1, -1, 6)).reshape(
        b, h, w, 2, 3
    )
    there = own[..., 0] * here[..., 0, None] + own[..., 1] * here[..., 1, None] + own[..., 2]
    out = ((there < 0) | (there > torch.tensor([w - 1, h - 1], device=owner.device))).any(-1)
    near = near_shapes(scenes, scenes.poses1, there)
    above = (near.shape % n + 1 > owner.flatten()[near.pixel]) & (near.inside < 0)
    occluded = torch.zeros(owner.numel(), dtype=torch.bool, device=owner.device)
    occluded[near.pixel[above]] = True
    flow = rearrange(there - here, "b h w two -> b two h w").contiguous()
    return flow, occluded.reshape(b, h, w), out

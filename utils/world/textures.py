"""Procedural textures: two colors mixed by a few waves, in the coordinates of what wears them.

A sum of plane waves of random length, direction and phase looks like stripes, plaid or marble. It
is smooth, so that a moved picture can be warped back, and a formula, so that it can be asked at any
point. The waves and colors are drawn without a look at the class.
"""

import math
from dataclasses import dataclass

import torch
from einops import rearrange
from jaxtyping import Float, Int
from torch import Tensor

from utils.world.dice import Dice

SHAPE_WAVES, BACKGROUND_WAVES = 4, 7
STRIPE = 0.17  # length of one stripe of the subject's outline, in the shape's own units


@dataclass(frozen=True)
class Surfaces:
    """Textures of many surfaces.

    **Units** colors in [0, 1]; waves as (frequency u, frequency v, phase) in radians. The waves
    of a surface are added and the sum is pressed into [0, 1]: 0 shows the first color.
    """

    colors: Float[Tensor, "*s two rgb"]
    waves: Float[Tensor, "*s k three"]
    sharpness: Float[Tensor, "*s"]

    def to(self, device: torch.device) -> "Surfaces":
        return Surfaces(*(t.to(device) for t in (self.colors, self.waves, self.sharpness)))


def draw_surfaces(
    dice: Dice, *shape: int, waves: int, lengths: tuple[float, float], vivid: bool
) -> Surfaces:
    """Random surfaces; wave lengths in own units; `vivid` for shapes, calmer for a background."""
    low, high = (0.55, 1.0) if vivid else (0.3, 0.85)
    hue = dice.uniform(0, 1, *shape)
    hues = torch.stack([hue, hue + dice.uniform(-0.15, 0.15, *shape)], dim=-1)
    saturation = (
        dice.uniform(0.35, 0.9, *shape, 2) if vivid else dice.uniform(0.05, 0.45, *shape, 2)
    )
    value = dice.uniform(low, high, *shape)
    # The second color is always darker or paler by a visible step, or the texture would not show.
    values = torch.stack([value, value * dice.uniform(0.35, 0.65, *shape)], dim=-1)
    # Lengths are spread evenly on a log scale: each octave of detail is as likely as the next.
    length = lengths[0] * (lengths[1] / lengths[0]) ** dice.uniform(0, 1, *shape, waves)
    direction, phase = (dice.uniform(0, 2 * math.pi, *shape, waves) for _ in range(2))
    frequency = 2 * math.pi / length
    wave = torch.stack([frequency * direction.cos(), frequency * direction.sin(), phase], dim=-1)
    return Surfaces(hsv_to_rgb(hues, saturation, values), wave, dice.uniform(0.5, 2.5, *shape))


def hsv_to_rgb(
    hue: Float[Tensor, "*s"], saturation: Float[Tensor, "*s"], value: Float[Tensor, "*s"]
) -> Float[Tensor, "*s 3"]:
    """Colors from hue (in turns), saturation and value.

    >>> hsv_to_rgb(torch.tensor(1 / 3), torch.tensor(1.0), torch.tensor(0.5))
    tensor([0.0000, 0.5000, 0.0000])
    """
    offset = torch.tensor([5.0, 3.0, 1.0])
    sector = (offset + 6 * hue[..., None]) % 6
    dip = torch.minimum(sector, 4 - sector).clamp(0, 1)
    return value[..., None] * (1 - saturation[..., None] * dip)


def press(waves: Float[Tensor, "*p"], sharpness: Float[Tensor, "*#p"]) -> Float[Tensor, "*p"]:
    """A sum of waves pressed into [0, 1]; the sharper, the harder the edges."""
    bent = waves * sharpness
    return 0.5 + 0.5 * bent / (1 + bent.abs())


def color_at(
    surfaces: Surfaces,
    surface: Int[Tensor, "p"],
    u: Float[Tensor, "p"],
    v: Float[Tensor, "p"],
) -> Float[Tensor, "p rgb"]:
    """The color of surface number `surface` (one flat list of surfaces) at its own point (u, v)."""
    total = torch.zeros_like(u)
    for k in range(surfaces.waves.shape[-2]):
        fu, fv, phase = surfaces.waves[:, k].index_select(0, surface).unbind(-1)
        total += torch.sin(fu * u + fv * v + phase)
    first, second = surfaces.colors.index_select(0, surface).unbind(-2)
    amount = press(total, surfaces.sharpness.index_select(0, surface))
    return torch.lerp(first, second, amount[:, None])


def paint_plane(
    surfaces: Surfaces, plane: Float[Tensor, "b 2 3"], *, size: tuple[int, int]
) -> Float[Tensor, "b h w rgb"]:
    """A surface that fills the picture; `plane` takes a pixel (x, y, 1) to its own (u, v).

    sin(a + b) = sin a cos b + cos a sin b, and on a grid a comes from the row and b from the
    column. So all waves at all pixels are one small matrix product.
    """
    h, w = size
    fu, fv, phase = rearrange(surfaces.waves, "b k three -> three b k 1")
    (ux, uy, u0), (vx, vy, v0) = rearrange(plane, "b two three -> two three b 1 1")
    y = torch.arange(h, device=plane.device, dtype=plane.dtype)
    x = torch.arange(w, device=plane.device, dtype=plane.dtype)
    row = (fu * uy + fv * vy) * y + (fu * u0 + fv * v0 + phase)
    column = (fu * ux + fv * vx) * x
    rows = torch.cat([row.sin(), row.cos()], dim=1)
    columns = torch.cat([column.cos(), column.sin()], dim=1)
    total = torch.einsum("b k h, b k w -> b h w", rows, columns)
    amount = press(total, rearrange(surfaces.sharpness, "b -> b 1 1"))
    first, second = rearrange(surfaces.colors, "b two rgb -> two b 1 1 rgb")
    return torch.lerp(first, second, amount[..., None])


def stripes(
    u: Float[Tensor, "p"], v: Float[Tensor, "p"], phase: Float[Tensor, "p 2"], *, soft: float = 6.0
) -> Float[Tensor, "p"]:
    """The subject's stripes, black (0) and white (1): a checkerboard alternates on every edge."""
    turn = math.pi / STRIPE
    wave = torch.sin(turn * u + phase[:, 0]) * torch.sin(turn * v + phase[:, 1])
    return (0.5 + soft * wave).clamp(0, 1)

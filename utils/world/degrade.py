"""What can go wrong with a picture: noise, rain, blur. The clean twin is the picture that came in.

| kind | strength | allowed |
|---|---|---|
| noise | σ of Gaussian noise, as a number of gray levels out of 255 | 0 to 100 |
| rain | how much rain falls: 1 is a shower | 0 to 2 |
| blur | length of the camera's motion in pixels | 0 to 31 |
"""

import math
from collections.abc import Sequence

import torch
from einops import rearrange, repeat
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from utils.contracts import checked
from utils.errors import ConfigError, ShapeError
from utils.io.images import refuse_other_range

KINDS = ("noise", "rain", "blur")
STRONGEST = {"noise": 100.0, "rain": 2.0, "blur": 31.0}

GRAY_LEVELS = 255  # σ is given in the units of 8-bit pictures, as in the denoising papers
RAIN_DROPS = 0.012  # of all pixels start a streak at strength 1
RAIN_SHINE = 0.8  # brightness of a streak over black
STREAK_LENGTH = (9, 15)  # pixels
STREAK_LEAN = 25.0  # degrees from straight down, at most


def degrade(
    picture: Tensor,
    *,
    kind: str,
    strength: float | int | Sequence[float | int],
    generator: torch.Generator,
) -> Float[Tensor, "b rgb h w"]:
    """The pictures with noise, rain or blur; noise is not clipped, so that it stays Gaussian.

    One strength for all or one for each picture. Random numbers come from the CPU generator,
    so that the result is the same wherever the pictures lie. **Shape** picture "b 3 h w".

    >>> gray = torch.full((1, 3, 8, 8), 0.5)
    >>> generator = torch.Generator().manual_seed(0)
    >>> torch.equal(degrade(gray, kind="blur", strength=0.0, generator=generator), gray)
    True
    """
    if not isinstance(kind, str) or kind not in KINDS:
        raise ConfigError(
            f"the kind {kind!r} came",
            allowed=f"pictures are degraded by {', '.join(KINDS)}",
            mend='choose one of them, as in kind="noise"',
        )
    if not isinstance(picture, Tensor) or not picture.is_floating_point():
        raise ShapeError(
            f"a picture of {getattr(picture, 'dtype', type(picture).__name__)} came",
            allowed="pictures are tensors of floating-point numbers in [0, 1]",
            mend="divide 8-bit values by 255 first (utils.io.as_picture does it)",
        )
    if picture.ndim != 4 or 0 in picture.shape[1:]:
        raise ShapeError(
            f"a picture of shape {tuple(picture.shape)} came",
            allowed="pictures are (b, 3, h, w), with at least one pixel",
            mend="picture[None] adds the batch axis",
        )
    refuse_other_range(picture)
    strengths = _strengths(kind, strength, len(picture))
    if not len(picture):
        return picture.clone()
    work = {"noise": _noise, "rain": _rain, "blur": _blur}[kind]
    return work(picture, strengths, generator)


def _strengths(
    kind: str, strength: float | int | Sequence[float | int], count: int
) -> list[float | int]:
    several = list(strength) if isinstance(strength, Sequence) else [strength] * count
    if len(several) != count:
        raise ShapeError(
            f"{len(several)} strengths came for {count} pictures",
            allowed="there is one strength for all or one for each",
            mend="pass a single number, or a list as long as the batch",
        )
    for value in several:
        if not isinstance(value, int | float) or not 0 <= value <= STRONGEST[kind]:
            raise ConfigError(
                f"the strength {value!r} came for {kind}",
                allowed=f"it lies between 0 and {STRONGEST[kind]:g}",
                mend="choose a weaker one; 0 leaves the picture as it is",
            )
    return several


def _noise(picture: Tensor, strengths: list[float | int], generator: torch.Generator) -> Tensor:
    noise = torch.randn(picture.shape, generator=generator, dtype=torch.float32)
    sigma = torch.tensor(strengths)[:, None, None, None] / GRAY_LEVELS
    return picture + (sigma * noise).to(picture)


def _rain(picture: Tensor, strengths: list[float | int], generator: torch.Generator) -> Tensor:
    """Drops fall at random places; the exposure draws each into a bright streak."""
    b, _, h, w = picture.shape
    rolls = torch.rand(b, 2, generator=generator)
    low, high = STREAK_LENGTH
    lengths = low + (high - low) * rolls[:, 0]
    lean = math.radians(STREAK_LEAN) * (2 * rolls[:, 1] - 1)
    drop, shine = torch.rand(2, b, h, w, generator=generator)
    chance = RAIN_DROPS * torch.tensor(strengths)[:, None, None]
    start = torch.where(drop < chance, 0.3 + 0.7 * shine, 0.0).to(picture)
    # The kernel's peak is 1: a drop stays as bright along its streak as it was at its start.
    kernels = line_kernels(lengths, lean + math.pi / 2).to(picture)
    kernels = kernels / kernels.amax((1, 2), keepdim=True)
    streaks = RAIN_SHINE * _convolve(start[:, None], kernels).clamp(max=1)
    return picture + streaks * (1 - picture)


def _blur(picture: Tensor, strengths: list[float | int], generator: torch.Generator) -> Tensor:
    """The camera moves on a straight line while the shutter is open."""
    kernels = motion_kernels(strengths, generator).to(picture)
    blurred = _convolve(picture, kernels)
    still = torch.tensor(strengths, device=picture.device) == 0
    return torch.where(still[:, None, None, None], picture, blurred)


def motion_kernels(
    lengths: Sequence[float | int], generator: torch.Generator
) -> Float[Tensor, "b k k"]:
    """The kernels with which `degrade` blurs for these strengths and a generator of this state."""
    direction = math.pi * torch.rand(len(lengths), generator=generator)
    return line_kernels(torch.tensor(lengths, dtype=torch.float32), direction)


@checked()
def line_kernels(lengths: Float[Tensor, "b"], angles: Float[Tensor, "b"]) -> Float[Tensor, "b k k"]:
    """Blur kernels that draw a line of each length (pixels) at each angle (radians); they sum to 1.

    >>> line_kernels(torch.tensor([3.0]), torch.tensor([0.0]))[0].sum(1)
    tensor([0., 0., 1., 0., 0.])
    """
    reach = max(1, math.ceil(float(lengths.max()) / 2)) if len(lengths) else 1
    grid = torch.arange(-reach, reach + 1, dtype=torch.float32)
    y, x = torch.meshgrid(grid, grid, indexing="ij")
    cos, sin = angles.cos()[:, None, None], angles.sin()[:, None, None]
    along, across = x * cos + y * sin, -x * sin + y * cos
    half = (lengths / 2).clamp(min=0.5)[:, None, None]
    ink = (half + 0.5 - along.abs()).clamp(0, 1) * (1 - across.abs()).clamp(0, 1)
    return ink / ink.sum((1, 2), keepdim=True)


def _convolve(
    picture: Float[Tensor, "b c h w"], kernels: Float[Tensor, "b k k"]
) -> Float[Tensor, "b c h w"]:
    """Each picture with its own kernel; edges are continued."""
    b, c, h, w = picture.shape
    reach = kernels.shape[-1] // 2
    wide = functional.pad(picture, (reach, reach, reach, reach), mode="replicate")
    weight = repeat(kernels, "b i j -> (b c) 1 i j", c=c)
    out = functional.conv2d(rearrange(wide, "b c h w -> 1 (b c) h w"), weight, groups=b * c)
    return out.reshape(b, c, h, w)

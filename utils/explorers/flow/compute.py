"""The scene rendered anew with the motion of the sliders, and the flow that the model finds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
import torch
from einops import rearrange
from jaxtyping import Float, Float32, UInt8
from torch import Tensor

from utils.explorers.pair import SIZE, WHEEL, Pair, default_model, scene_pair, take
from utils.explorers.picture import as_bytes
from utils.explorers.settings import choice, slider
from utils.fast import fast
from utils.figures.flow import flow_colors, longest
from utils.figures.style import SEQUENTIAL
from utils.ops import end_point_error, warp
from utils.world import Motion

PICTURE_SIZE = SIZE
ARROWS = 8  # on each side of the picture
ERROR = 4.0  # pixels at the bright end of the error map
BOX = 344  # pixels of the large frame on the screen
CONSTANTS = {"wheel": WHEEL, "box": BOX}
Inside = Float[Tensor, "1 2 h w"]
Moves = Literal["subject", "all"]


@dataclass(frozen=True)
class Settings:
    """What the learner sets: the motion from frame 0 to frame 1."""

    moves: Moves = choice("What moves", "subject", {"subject": "Striped", "all": "All"})
    dx: int = slider("Right", 9, low=-32, high=32, reads=" px")
    dy: int = slider("Down", -5, low=-32, high=32, reads=" px")
    turn: int = slider("Turn", 8, low=-45, high=45, reads="°")
    zoom: int = slider("Zoom", 100, low=70, high=140, reads=" %")

    @property
    def motion(self) -> Motion:
        """The same as the world takes it."""
        return Motion(self.dx, self.dy, self.turn, self.zoom / 100)


@dataclass(frozen=True)
class Result:
    """What the view shows; lengths in pixels of the frames. Without a truth its parts are 0."""

    frame1: UInt8[np.ndarray, "h w 3"]
    colors: UInt8[np.ndarray, "h w 3"]  # the flow found
    truth: UInt8[np.ndarray, "h w 3"]
    difference: UInt8[np.ndarray, "h w 3"]  # frame 0 beside frame 1 fetched back
    error: UInt8[np.ndarray, "h w 3"]
    arrows: Float32[np.ndarray, "n 4"]  # x, y, dx, dy
    arrows_truth: Float32[np.ndarray, "n 4"]
    most: float  # at the rim of the wheel
    known: bool  # whether the true flow is
    own: bool  # one picture of the learner's, moved as a whole
    mean_error: float
    mean_motion: float  # of the truth, or of what was found
    still_difference: float  # of the frames as they are, of 255
    warped_difference: float  # and after fetching frame 1 back


def run(model: Any, frame0: Float[Tensor, "1 3 h w"], frame1: Float[Tensor, "1 3 h w"]) -> Inside:
    """The flow from frame 0 to frame 1 (on the CPU)."""
    return model(*take(model, frame0, frame1)).flow.float().cpu()


def pair_of(settings: Settings, *, size: tuple[int, int] = SIZE) -> Pair:
    """The scene with this motion."""
    return scene_pair(size, motion=settings.motion, moves=settings.moves)


def compute(
    settings: Settings,
    inside: Inside | None = None,
    pair: Pair | None = None,
    *,
    own: bool = False,
) -> Result:
    """Colors, arrows, what is left after warping, and how wrong the flow is."""
    if inside is None or pair is None:
        pair = pair_of(settings)
        with torch.no_grad(), fast():
            inside = run(default_model(), pair.frame0, pair.frame1)
    known = pair.flow is not None
    truth = torch.zeros_like(inside) if pair.flow is None else pair.flow
    error = end_point_error(inside, truth)[0] if known else torch.zeros_like(inside[0, 0])
    frame1 = rearrange(pair.frame1, "b c h w -> b h w c")
    back = rearrange(warp(frame1, rearrange(inside, "b xy h w -> b h w xy")), "1 h w c -> c h w")
    left = (back - pair.frame0[0]).abs()
    most = longest(truth) if known else longest(inside)
    return Result(
        frame1=as_bytes(pair.frame1[0]),
        colors=flow_colors(inside[0], most=most),
        truth=flow_colors(truth[0], most=most),
        difference=as_bytes(left),
        error=heat(error / ERROR),
        arrows=_arrows(inside[0]),
        arrows_truth=_arrows(truth[0]),
        most=most,
        known=known,
        own=own,
        mean_error=float(error.mean()),
        mean_motion=float((truth if known else inside).norm(dim=1).mean()),
        still_difference=255 * float((pair.frame1 - pair.frame0).abs().mean()),
        warped_difference=255 * float(left.mean()),
    )


def heat(values: Float[Tensor, "h w"]) -> UInt8[np.ndarray, "h w 3"]:
    """Values from 0 to 1 in the course's colors of weights: dark is little."""
    return mpl.colormaps[SEQUENTIAL](values.clamp(0, 1).numpy(), bytes=True)[..., :3]


def _arrows(flow: Float[Tensor, "2 h w"]) -> Float32[np.ndarray, "n 4"]:
    h, w = flow.shape[1:]
    rows, columns = (((torch.arange(ARROWS) + 0.5) * side / ARROWS).long() for side in (h, w))
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    start = torch.stack([x, y]).to(flow)
    return rearrange(torch.cat([start, flow[:, y, x]]), "four h w -> (h w) four").numpy()


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    fetched = (
        f"Fetching frame 1 back along it leaves a difference of {result.warped_difference:.0f} "
        f"of 255; without it, {result.still_difference:.0f}."
    )
    if not result.known:
        return f"Your two frames: a mean motion of {result.mean_motion:.1f} px is found. {fetched}"
    what = "The striped shape" if settings.moves == "subject" and not result.own else "All"
    x, y = settings.dx, settings.dy
    return (
        f"{what} moves {'left' if x < 0 else 'right'} {abs(x)}, {'up' if y < 0 else 'down'} "
        f"{abs(y)} px, turns {settings.turn}°, zoom {settings.zoom} %: mean motion "
        f"{result.mean_motion:.1f} px, mean error {result.mean_error:.1f} px. {fetched}"
    )


def sweep() -> Iterator[Settings]:
    """Every value of every slider, all at a time: each step renders and predicts anew."""
    yield Settings()
    for i in range(91):  # a slider with fewer values rests when all have been seen
        dx, dy = min(i, 64) - 32, (7 * i) % 65 - 32
        moves: Moves = "subject" if i < 45 else "all"
        yield Settings(moves, dx, dy, i - 45, 140 - min(i, 70))

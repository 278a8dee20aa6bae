"""The questions that a reader of GMFlow is left with: its parts exchanged, one at a time."""

from functools import cache, partial
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional

from utils.models import create_model
from utils.models.gmflow import GMFlow
from utils.training.claims.answers import Shown, as_colors
from utils.training.claims.base import Claim
from utils.training.evaluate import estimate_flow
from utils.training.hints import CHOICE, hinted_flow_loss
from utils.training.loop import Batch, Settings
from utils.training.pictures import MANY
from utils.world import ShapesWorld, WorldConfig

WORLD = WorldConfig(size=(48, 64), max_motion=8.0, distractors=(1, 3))
COUNTS = {"train": 2048, "val": 128, "test": 256}
PORTION = 64  # scenes that are painted at a time
STEPS = 500
BATCH = 8  # pairs
EDGE = 3  # pixels around a motion boundary
JUMP = 1.0  # pixels between the flows of neighbors that make a boundary
SHOWN = [1, 4]  # test pairs whose flow every arm shows
RIM = 8.0  # pixels: the length of motion that has the wheel's full color


def _model(**changes: Any) -> nn.Module:
    sizes = {"channels": 48, "widths": (24, 32, 48), "layers": 2, "upsample_channels": 64}
    return create_model("gmflow_nano", **sizes, **changes)


@cache
def pairs(split: str) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Frame 0, frame 1, the true flow in pixels, and what frame 1 does not show."""
    world = ShapesWorld(WORLD, split=split)
    painted = [world.batch(range(i, i + PORTION)) for i in range(0, COUNTS[split], PORTION)]
    return (
        torch.cat([some.frame0 for some in painted]),
        torch.cat([some.frame1 for some in painted]),
        torch.cat([some.flow for some in painted]),
        torch.cat([some.occluded | some.out_of_frame for some in painted]),
    )


def batch(step: int, seed: int, *, count: int = BATCH) -> Batch:
    """Pairs of the pool, each upright or mirrored: to the side, upside down, or both."""
    generator = torch.Generator().manual_seed(seed * MANY + step)
    chosen = torch.randint(COUNTS["train"], (count,), generator=generator)
    turned = [part[chosen] for part in pairs("train")]
    for axis, component in ((-1, 0), (-2, 1)):
        mirrored = torch.rand(count, generator=generator) < 0.5
        turned = [torch.where(_like(mirrored, part), part.flip(axis), part) for part in turned]
        turned[2][:, component] *= torch.where(_like(mirrored, turned[3]), -1.0, 1.0)
    return (*turned, torch.tensor(CHOICE * (1 - step / STEPS)))


def _like(chosen: Bool[Tensor, "b"], part: Tensor) -> Tensor:
    return chosen.reshape(-1, *[1] * (part.ndim - 1))


def loss(model: nn.Module, data: Batch) -> Tensor:
    return hinted_flow_loss(model, (*_seen_by(model, *data[:2]), *data[2:]))


def _seen_by(model: nn.Module, *frames: Tensor) -> list[Tensor]:
    """The frames in color, or their mean over colors for a model of gray frames."""
    assert isinstance(model, GMFlow)
    gray = model.config.in_channels == 1
    return [frame.mean(1, keepdim=True) if gray else frame for frame in frames]


def score(model: nn.Module, split: str) -> dict[str, float]:
    """End-point error in pixels: of all, near motion boundaries, away from them, and hidden."""
    frame0, frame1, truth, hidden = pairs(split)
    error = (estimate_flow(model, *_seen_by(model, frame0, frame1)) - truth).norm(dim=1)
    edge = boundaries(truth)
    places = {"epe": slice(None), "epe_edge": edge, "epe_inside": ~edge, "epe_hidden": hidden}
    return {name: error[place].mean().item() for name, place in places.items()}


def boundaries(flow: Float[Tensor, "b xy h w"]) -> Bool[Tensor, "b h w"]:
    """Pixels within EDGE of a place where the flows of neighbors differ by more than JUMP.

    >>> flow = torch.zeros(1, 2, 1, 12)
    >>> flow[..., 6:] = 5
    >>> boundaries(flow)[0, 0].int().tolist()
    [0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0]
    """
    side = 2 * EDGE - 1
    right = functional.pad((flow.diff(dim=3).norm(dim=1) > JUMP).float(), (0, 1))
    below = functional.pad((flow.diff(dim=2).norm(dim=1) > JUMP).float(), (0, 0, 0, 1))
    jumps = torch.maximum(right, below)
    jumps = torch.maximum(jumps, functional.pad(right, (1, 0))[..., :-1])
    jumps = torch.maximum(jumps, functional.pad(below, (0, 0, 1, 0))[:, :-1])
    return functional.max_pool2d(jumps, side, stride=1, padding=EDGE - 1) > 0


def given() -> dict[str, Shown]:
    """Two test pairs: both frames and the true flow."""
    frame0, frame1, truth, _ = (part[SHOWN] for part in pairs("test"))
    flow = Shown("flow", truth.numpy(), RIM)
    return {"frame 0": as_colors(frame0), "frame 1": as_colors(frame1), "true flow": flow}


def answer(model: nn.Module) -> Shown:
    """The flow that a model sees in them."""
    frame0, frame1, *_ = (part[SHOWN] for part in pairs("test"))
    return Shown("flow", estimate_flow(model, *_seen_by(model, frame0, frame1)).numpy(), RIM)


CLAIM = Claim(
    name="gmflow_questions",
    question=(
        "What do the upsampling, the position, the first kernel and the colors bring to GMFlow?"
    ),
    source=(
        "GMFlow has convex upsampling, an absolute position, a first kernel of 7x7 and color, and "
        "shows no other choice of these four; each is exchanged here, alone"
    ),
    task=(
        "Scenes of 48x64 with two to four shapes, each moving by up to 8 pixels before a moving "
        "background. Features at 1/4, width 48, two layers, and the right cell as a hint, the same "
        "in all arms; 2,048 pairs of frames, mirrored at random. One rate for all arms. Bilinear "
        "upsampling learns nothing, so that arm has 14 % fewer parameters."
    ),
    arms={
        "as published": _model,
        "U-Net": partial(_model, upsampler="unet"),
        "bilinear": partial(_model, upsampler="bilinear"),
        "relative": partial(_model, position="relative"),
        "no position": partial(_model, position="none"),
        "kernel 5×5": partial(_model, first_kernel=5),
        "kernel 3×3": partial(_model, first_kernel=3),
        "gray": partial(_model, in_channels=1),
    },
    settings=Settings(
        steps=STEPS, batch_size=BATCH, warmup=30, weight_decay=1e-4, ema=0.99, mixed=False
    ),
    lrs=(4e-3,),
    batch=batch,
    loss=loss,
    score=score,
    measure="epe",
    unit="px",
    higher_is_better=False,
    tried=(
        "The rate, on the published form alone, first seed: 2e-3 gave 1.67 px on validation, 4e-3 "
        "1.53. So the rate was chosen for that form; the others were not tuned.",
    ),
    fewer=("bilinear",),
    given=given,
    answer=answer,
)

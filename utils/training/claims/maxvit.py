"""MaxViT's claim: neighbors and far tokens, block and grid, are better than one of them twice."""

from functools import partial

import torch
from einops import rearrange, reduce, repeat
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from utils.models import create_model
from utils.models.maxvit import MaxViT
from utils.training.claims.answers import Shown, as_colors, enlarged
from utils.training.claims.base import Claim
from utils.training.claims.frames import cut, draw, scenes
from utils.training.hints import wide_start
from utils.training.loop import Batch, Settings
from utils.training.metrics import psnr
from utils.training.prepare import prepare

SIDE = 48  # pixels of a frame
PATCH, WINDOW = 4, 4  # so a map of 12×12 tokens, blocks of 4×4, a grid with a stride of 3
SHOWN = 0  # the test scene for which every arm shows its answer
TURN = 6  # tokens: half a turn of the panorama


def _model(*, kinds: tuple[str, str]) -> nn.Module:
    model = create_model(
        "maxvit_nano", channels=(32,), depths=(1,), window_size=WINDOW, classes=6, kinds=kinds
    )
    wide_start(model)
    return model


def targets(frame: Float[Tensor, "b rgb h w"]) -> Float[Tensor, "b near_and_far rows columns"]:
    """Of each patch: the mean color of its tile of 4×4 patches, and what half a turn brings."""
    patches = functional.avg_pool2d(frame, PATCH)
    tiles = reduce(patches, "b c (h y) (w x) -> b c h w", "mean", y=WINDOW, x=WINDOW)
    near = repeat(tiles, "b c h w -> b c (h y) (w x)", y=WINDOW, x=WINDOW)
    return torch.cat([near, patches.roll(TURN, dims=-1)], dim=1)


def batch(step: int, seed: int, *, count: int = 32) -> Batch:
    pictures, generator = draw(step, seed, count=count)
    frame = cut(pictures, SIDE, generator)
    return frame, targets(frame)


def colors(model: nn.Module, frame: Float[Tensor, "b rgb h w"]) -> Float[Tensor, "b six rows cols"]:
    """What the model paints: two colors per token of its only stage."""
    assert isinstance(model, MaxViT)
    tokens = model.norm(model.pyramid(prepare(frame, model))[-1])
    return rearrange(model.head(model.hidden(tokens).tanh()).float(), "b h w six -> b six h w")


def loss(model: nn.Module, pair: Batch) -> Tensor:
    frame, truth = pair
    return functional.mse_loss(colors(model, frame), truth)


def score(model: nn.Module, split: str) -> dict[str, float]:
    """PSNR in decibels: of both answers, and of the near and the far one alone."""
    frame = cut(scenes(split), SIDE, torch.Generator().manual_seed(1))
    painted, truth = colors(model, frame), targets(frame)
    parts = {"psnr": slice(0, 6), "psnr_near": slice(0, 3), "psnr_far": slice(3, 6)}
    return {name: psnr(painted[:, part], truth[:, part]) for name, part in parts.items()}


def given() -> dict[str, Shown]:
    """One test scene: above what is asked of the neighbors, below what is asked of the far side."""
    frame = _shown()
    return {
        "frame": as_colors(frame.expand(2, -1, -1, -1)),
        "right answer": _near_above_far(targets(frame)),
    }


def answer(model: nn.Module) -> Shown:
    """What a model paints for it: the near answer above, the far one below."""
    return _near_above_far(colors(model, _shown()))


def _shown() -> Float[Tensor, "one rgb h w"]:
    return cut(scenes("test"), SIDE, torch.Generator().manual_seed(1))[[SHOWN]]


def _near_above_far(painted: Float[Tensor, "one six rows columns"]) -> Shown:
    both = rearrange(painted, "one (two rgb) h w -> (one two) rgb h w", two=2)
    return enlarged(both, side=PATCH, unknown=0)


CLAIM = Claim(
    name="maxvit",
    question="Are block and grid better together than one of them twice?",
    source=(
        "MaxViT, section 4.4 and its ablation of the attention (ImageNet top-1 falls when the "
        "grid or the block attention is replaced)"
    ),
    task=(
        "Two answers for each patch: the mean color of its tile of 4x4 patches (near), and the "
        "color that comes there when the panorama turns by half (far). One block: MBConv, then two "
        "attentions; the map has 12x12 tokens."
    ),
    arms={
        "block, grid": partial(_model, kinds=("window", "grid")),
        "block twice": partial(_model, kinds=("window", "window")),
        "grid twice": partial(_model, kinds=("grid", "grid")),
    },
    settings=Settings(
        steps=400, batch_size=32, warmup=50, weight_decay=0.01, ema=0.98, mixed=False
    ),
    lrs=(2.5e-3, 5e-3, 1e-2),
    batch=batch,
    loss=loss,
    score=score,
    measure="psnr",
    unit="dB",
    given=given,
    answer=answer,
)

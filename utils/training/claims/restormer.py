"""Restormer's claim: attention across channels and a gate against windows and an MLP."""

from functools import cache, partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from utils.models import create_model
from utils.training.claims.answers import Shown, as_colors
from utils.training.claims.base import Claim
from utils.training.loop import Batch, Settings
from utils.training.metrics import psnr
from utils.training.pictures import MANY
from utils.world import degrade, held_out_middles, training_crops

SIZE = (40, 40)  # pixels of a piece; windows of 5 fill it, and the level below
SIGMA = 25.0
POOL = 1024  # pieces that a run draws from
PIECE = 120  # pixels of the tested middles
SHOWN, SHOWN_PIECE = [0, 1], 80  # photographs for which every arm shows its answer; pixels


def _model(**changes: Any) -> nn.Module:
    return create_model("restormer_nano", depths=(2, 2), num_heads=(1, 2), refinement=0, **changes)


@cache
def _pieces(first: int) -> Float[Tensor, "n rgb h w"]:
    return training_crops(POOL, size=SIZE, generator=torch.Generator().manual_seed(first))


def batch(step: int, seed: int, *, count: int = 16) -> Batch:
    generator = torch.Generator().manual_seed(seed * MANY + step)
    pieces = _pieces(0)
    clean = pieces[torch.randint(len(pieces), (count,), generator=generator)]
    return clean, degrade(clean, kind="noise", strength=SIGMA, generator=generator)


def loss(model: nn.Module, pair: Batch) -> Tensor:
    clean, noisy = pair
    return functional.l1_loss(model(noisy), clean)


def score(model: nn.Module, split: str) -> dict[str, float]:
    """PSNR in decibels: of other pieces of the training photographs, or of held-out ones."""
    clean = held_out_middles(PIECE) if split == "test" else _pieces(1)[:64]
    noisy = degrade(clean, kind="noise", strength=SIGMA, generator=torch.Generator().manual_seed(2))
    restored = torch.cat([model(one[None]) for one in noisy]).clamp(0, 1)
    return {"psnr": psnr(restored, clean), "psnr_noisy": psnr(noisy.clamp(0, 1), clean)}


def given() -> dict[str, Shown]:
    """Two held-out photographs, with noise and without."""
    clean, noisy = _shown()
    return {"noisy": as_colors(noisy), "clean": as_colors(clean)}


def answer(model: nn.Module) -> Shown:
    """What a model makes of the noisy ones."""
    return as_colors(model(_shown()[1]))


def _shown() -> tuple[Float[Tensor, "b rgb h w"], Float[Tensor, "b rgb h w"]]:
    clean = held_out_middles(SHOWN_PIECE)[SHOWN]
    generator = torch.Generator().manual_seed(2)
    return clean, degrade(clean, kind="noise", strength=SIGMA, generator=generator)


CLAIM = Claim(
    name="restormer",
    question="Does channel attention with a gate restore better than windows with an MLP?",
    source=(
        "Restormer, the ablation of its blocks (denoising, PSNR): MDTA and GDFN each gain over "
        "multi-head attention with a plain feed-forward network at similar cost"
    ),
    task=(
        "Noise of 25 gray levels on pieces of photographs of 40x40. Two levels of two blocks; "
        "windows of 5, and an MLP that is wide enough for the same parameters and multiply-adds "
        "within 5 %."
    ),
    arms={
        "MDTA, GDFN": _model,
        "windows, MLP": partial(
            _model, attention="windows", feed_forward="mlp", window_size=5, ffn_ratio=5.25
        ),
    },
    settings=Settings(
        steps=400, batch_size=16, warmup=40, weight_decay=1e-4, ema=0.98, mixed=False
    ),
    lrs=(1e-3, 2e-3, 4e-3),
    batch=batch,
    loss=loss,
    score=score,
    measure="psnr",
    unit="dB",
    given=given,
    answer=answer,
)

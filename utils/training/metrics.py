"""How good an answer is, in the measures of the five papers; all give plain numbers."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from utils.contracts import checked
from utils.errors import ConfigError, ShapeError
from utils.io import known_flow

MOTION_EDGES = (10.0, 40.0)  # pixels: slow, medium, fast, as the Sintel benchmark cuts them


@checked()
def top1(scores: Float[Tensor, "n classes"], label: Int[Tensor, "n"]) -> float:
    """The part of all answers whose highest score is the right class.

    >>> top1(torch.tensor([[0.1, 0.9], [0.8, 0.2]]), torch.tensor([1, 1]))
    0.5
    """
    return (scores.argmax(-1) == label).double().mean().item()


@checked()
def psnr(picture: Float[Tensor, "b c h w"], clean: Float[Tensor, "b c h w"]) -> float:
    """Peak signal-to-noise ratio, the mean over the batch. Units: decibels, for values in [0, 1].

    >>> round(psnr(torch.full((1, 1, 2, 2), 0.6), torch.full((1, 1, 2, 2), 0.5)), 3)
    20.0
    """
    pairs = zip(clean.cpu().numpy(), picture.cpu().numpy(), strict=True)
    return float(np.mean([peak_signal_noise_ratio(c, p, data_range=1.0) for c, p in pairs]))


@checked()
def ssim(picture: Float[Tensor, "b c h w"], clean: Float[Tensor, "b c h w"]) -> float:
    """Structural similarity (Gaussian window), the mean over the batch; 1 means equal."""
    settings = {
        "data_range": 1.0,
        "channel_axis": 0,
        "gaussian_weights": True,
        "sigma": 1.5,
        "use_sample_covariance": False,
    }
    pairs = zip(clean.cpu().numpy(), picture.cpu().numpy(), strict=True)
    return float(np.mean([structural_similarity(c, p, **settings) for c, p in pairs]))


@checked()
def endpoint_error(
    flow: Float[Tensor, "b 2 h w"],
    truth: Float[Tensor, "b 2 h w"],
    *,
    seen: Bool[Tensor, "b h w"] | None = None,
) -> dict[str, float]:
    """Mean distance between the ends of the arrows, in pixels: over all, and by size of motion.

    `seen` picks the pixels that count; none does where the truth is unknown (NaN, or more than 1e9,
    as in .flo files). A group without pixels is left out.

    >>> truth = torch.tensor([3.0, 4.0]).reshape(1, 2, 1, 1)
    >>> endpoint_error(torch.zeros(1, 2, 1, 1), truth)
    {'all': 5.0, '0-10': 5.0}
    """
    error, motion = (flow - truth).norm(dim=1), truth.norm(dim=1)
    counted = known_flow(truth) if seen is None else seen & known_flow(truth)
    slow, fast = MOTION_EDGES
    groups = {
        "all": counted,
        f"0-{slow:g}": counted & (motion < slow),
        f"{slow:g}-{fast:g}": counted & (motion >= slow) & (motion < fast),
        f"{fast:g}+": counted & (motion >= fast),
    }
    return {name: error[group].mean().item() for name, group in groups.items() if group.any()}


@checked()
def mean_iou(answer: Int[Tensor, "*s"], truth: Int[Tensor, "*s"], *, classes: int) -> float:
    """Intersection over union, the mean over the classes that occur in answer or truth.

    Raises: ConfigError for a label below 0 or from `classes` on, and for no class at all.

    >>> mean_iou(torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 1, 1]), classes=3)
    0.5833333333333333
    """
    if answer.shape != truth.shape or not truth.numel():
        raise ShapeError(
            f"answers of shape {tuple(answer.shape)} and a truth of {tuple(truth.shape)} came",
            allowed="both are maps of labels of one size, with at least one pixel",
            mend="take the argmax over the classes first",
        )
    for name, labels in (("answer", answer), ("truth", truth)):
        low, high = int(labels.min()), int(labels.max())
        if low < 0 or high >= classes:
            raise ConfigError(
                f"labels from {low} to {high} came in the {name}, for {classes} classes",
                allowed=f"labels run from 0 to {classes - 1}",
                mend="leave the pixels of any other label out, as in answer[truth != 255]",
            )
    pairs = torch.bincount(truth.flatten() * classes + answer.flatten(), minlength=classes**2)
    table = pairs.reshape(classes, classes).double()
    both = table.diagonal()
    either = table.sum(0) + table.sum(1) - both
    return (both[either > 0] / either[either > 0]).mean().item()


@checked()
def boundary_f(
    answer: Int[Tensor, "b h w"], truth: Int[Tensor, "b h w"], *, tolerance: int = 1
) -> float:
    """F-measure of the boundaries between classes, the mean over the batch.

    A boundary pixel has another class right of it or below it. It counts as found where the other
    map has one within `tolerance` pixels, diagonals included.

    >>> half = torch.tensor([[[0, 0, 1, 1]] * 4])
    >>> boundary_f(half, half)
    1.0
    """
    ours, theirs = _boundary(answer), _boundary(truth)
    scores = []
    for mine, right in zip(ours, theirs, strict=True):
        if not mine.any() and not right.any():
            scores.append(1.0)
            continue
        hits = (mine & _thick(right, tolerance)).sum().item()
        found = (right & _thick(mine, tolerance)).sum().item()
        precision, recall = hits / max(1, mine.sum().item()), found / max(1, right.sum().item())
        total = precision + recall
        scores.append(2 * precision * recall / total if total else 0.0)
    return float(np.mean(scores))


def _boundary(labels: Int[Tensor, "b h w"]) -> Bool[Tensor, "b h w"]:
    edge = torch.zeros_like(labels, dtype=torch.bool)
    edge[:, :, :-1] |= labels[:, :, 1:] != labels[:, :, :-1]
    edge[:, :-1] |= labels[:, 1:] != labels[:, :-1]
    return edge


def _thick(edge: Bool[Tensor, "h w"], tolerance: int) -> Bool[Tensor, "h w"]:
    wide = F.max_pool2d(edge[None].float(), 2 * tolerance + 1, stride=1, padding=tolerance)
    return wide[0] > 0
